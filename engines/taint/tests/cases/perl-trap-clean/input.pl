#!/usr/bin/perl
# system(param("x"));
use CGI qw(:standard);
my $host = param('host');
system("ping", "-c", "4", $host);
my $n = int(param('n'));
system("seq $n");
my $safe = quotemeta(param('h'));
system("ping $safe");
if ($host =~ /^([A-Za-z0-9.]+)$/) {
  my $clean = $1;
  system("ping $clean");
  system("ping $host");
}
die "bad" unless $host =~ /^[\w.]+$/;
system("ping $host");
my $mode = param('mode');
if ($mode eq 'on' || $mode eq 'off') { system("radio $mode"); }
$z = param('z'); $z =~ s/[^a-z]//g; system("x $z");
open(F, "<", param('f'));
open(G, "</data/list");
print "system($z) <<X";
eval { risky(); };
=pod
system(param("x"));
=cut
print <<"EOT";
system($host)
EOT
__END__
system(param("x"));
