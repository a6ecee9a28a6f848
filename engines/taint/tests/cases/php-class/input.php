<?php
class Tool {
  function go() {
    $h = $_POST["h"];
    $this->ping($h);
  }
  private function ping($h) {
    system("ping $h");
  }
  function stop() {
    $h = field("host");
    $this->ping($h);
  }
}
function field($name) {
  return $_POST[$name];
}
function other() {
  $h = field("x");
  system($h);
}
