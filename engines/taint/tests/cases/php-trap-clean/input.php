<?php
// system($_GET["x"]);
/* exec($_POST["y"]); */
system("ping -c 4 " . escapeshellarg($_GET['host']));
$n = (int)$_GET['n'];
system("head -n $n /var/log/messages");
exec(sprintf("seq %d", $_GET["n"]));
$h = $_GET["h"];
if (!preg_match('/^[A-Za-z0-9.]+$/', $h)) {
  die("bad host");
}
system("ping $h");
$a = $_GET["a"];
if (in_array($a, array("start", "stop"))) { system("service web $a"); }
switch ($_POST["b"]) {
  case "reboot": system("reboot"); break;
}
$c = $_POST["c"] == "on" ? "up" : "down";
system("ifconfig eth0 $c");
$i = intval($_POST["i"]); exec("led $i");
if (ctype_digit($_POST["p"])) system("port " . $_POST["p"]);
$db->exec("select " . $_GET["id"]);
system("uptime"); include("menu.php");
echo "system(" . $_GET["x"] . ")";
$ip = filter_var($_POST["ip"], FILTER_VALIDATE_IP); if ($ip) exec("ping $ip");
