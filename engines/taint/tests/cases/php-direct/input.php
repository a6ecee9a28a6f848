<?php
system("ping -c 4 " . $_GET['host']);
$cmd = "nslookup {$_POST["name"]} 8.8.8.8";
exec($cmd, $out);
echo `traceroute $_REQUEST[target]`;
passthru('cat "' . $_SERVER["HTTP_USER_AGENT"] . "\"");
$h = popen(sprintf("tar xf %s", trim($_FILES['f']['name'])), "r");
eval($_COOKIE["code"]);
include($_GET["page"] . ".php");
mail($to, $subject, $text, $headers, "-f" . $_POST["from"]);
$data = unserialize(file_get_contents("php://input"));
$o = unserialize($_POST["state"]);
preg_replace("/x/e", $_GET["r"], "x");
