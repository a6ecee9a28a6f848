my $password = "anonymous@";
$pass = "anonymous@localhost";
