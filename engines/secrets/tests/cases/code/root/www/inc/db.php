<?php
$db = mysql_connect("localhost", "root", "Db9Root!");
$password = 'Ph9Local';
if ($_POST["pass"] == "L3tMeIn!!") { $ok = 1; }
if (md5($pass) == "21232f297a57a5a743894a0e4a801fc3") {}
// $password = "Old9Pass";
# $password = "Old8Pass";
$conf = array("password" => "Arr4yPass", "password_field" => "pw");
$user_pass = $_POST["pass"];
$sql = "SELECT password FROM users WHERE name='$u'";
define("DB_PASSWORD", "D3fined1");
new PDO("mysql:host=x", $user, $pass);
?>
