<?php
$h = $_GET["h"];
if (check_host($h)) {
  system("ping $h");
}
if (preg_match('/[0-9]+/', $h)) system("ping $h");
system("ping '" . my_filter($h) . "'");
