my $dbh = DBI->connect("dbi:mysql:x", "root", "P3rlDbi1");
