HTTP/1.1 200 OK
<?
include "/htdocs/phplib/xnode.php";
$host = $_POST["host"];
fwrite("w", $ShellPath, "ping ".$host." > /var/out\n");
exe("ntpclient -h ".query("/time/server"));
fwrite("a", $LogPath, $host);
?>
