<?php
define('DB_PASSWORD', 'T0pS3cretDb');
$cfg = ['password' => 'Arr4yPw88', 'user' => 'root'];
