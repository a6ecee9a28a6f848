my $password = "anonymous@";
$pass = "anonymous@localhost";
$pass = '-anonymous@';
my %v = ('Test2::Event::Pass' => '1.302096',
);
