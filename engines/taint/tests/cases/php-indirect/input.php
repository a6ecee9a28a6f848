<html><?
function run($cmd) {
  return shell_exec($cmd);
}
function lookup($host) {
  $line = "nslookup " . $host;
  return run($line);
}
function field($name) {
  return isset($_POST[$name]) ? $_POST[$name] : "";
}
class Tool {
  function go() {
    $h = field("host");
    $this->ping($h);
  }
  private function ping($h) {
    system("ping $h");
  }
}
echo lookup($_GET["q"]);
foreach ($_POST as $key => $value) {
  $args .= " --$key=$value";
}
system("setup $args");
?>
</html>
