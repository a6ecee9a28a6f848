#!/usr/bin/perl
use CGI;
my $q = CGI->new;
my $host = $q->param('host');
system("ping -c 4 $host");
my $out = `nslookup $host`;
print qx{dig @{[1]} $ENV{'QUERY_STRING'}};
read(STDIN, $buffer, $ENV{'CONTENT_LENGTH'});
foreach $pair (split(/&/, $buffer)) {
  ($name, $value) = split(/=/, $pair);
  $value =~ tr/+/ /;
  $FORM{$name} = $value;
}
open(MAIL, "|/usr/sbin/sendmail $FORM{'to'}") or die "no";
open(F, "cat /data/" . $FORM{file} . " |");
eval $FORM{code};
sub run {
  my ($cmd, $n) = @_;
  exec $cmd;
}
run("reboot $FORM{x}", 1) if $FORM{x};
