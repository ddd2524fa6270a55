# Commits one transaction after the other, until its stdin ends. It says when it has committed the first, and at the end
# what it did. Arguments: the database, and for how many milliseconds to wait for a lock.
use strict;
use warnings;
use DBI;
use DBD::SQLite;
use Time::HiRes qw(time);
use IO::Select;

$| = 1;
my ($path, $timeout) = @ARGV;
my $db = DBI->connect('dbi:SQLite:uri=file:' . $path =~ s/([^\w\/.-])/sprintf '%%%02x', ord $1/ger . '?mode=rwc',
  '', '', { RaiseError => 1, PrintError => 0, AutoCommit => 1, sqlite_use_immediate_transaction => 1 });
$db->sqlite_busy_timeout($timeout);
my ($committed, $busy, $slowest) = (0, 0, 0);

sub transaction {
  my ($do) = @_;
  my $before = time;
  if (eval { $db->begin_work; $do->(); $db->commit; 1 }) {
    $committed++;
  } else {
    my $error = $@;
    eval { $db->rollback };
    die $error unless $error =~ /locked|busy/;
    $busy++;
  }
  my $took = time - $before;
  $slowest = $took if $took > $slowest;
}

transaction(sub {
  $db->do('CREATE TABLE IF NOT EXISTS savings (id INTEGER PRIMARY KEY, balance INT NOT NULL)');
  $db->do('CREATE TABLE IF NOT EXISTS checking (id INTEGER PRIMARY KEY, balance INT NOT NULL)');
  $db->do('CREATE TABLE IF NOT EXISTS log (number INTEGER PRIMARY KEY, moved INT NOT NULL, filler BLOB)');
  for my $table ('savings', 'checking') {
    $db->do("INSERT OR IGNORE INTO $table VALUES (?, 1000)", undef, $_) for 1 .. 1000;
  }
});
my $input = IO::Select->new(\*STDIN);
my $said = 0;
until ($input->can_read(0)) {
  transaction(sub {
    my ($from, $to, $amount) = (1 + int rand 1000, 1 + int rand 1000, int rand 100);
    $db->do('UPDATE savings SET balance = balance - ? WHERE id = ?', undef, $amount, $from);
    $db->do('UPDATE checking SET balance = balance + ? WHERE id = ?', undef, $amount, $to);
    $db->do('INSERT INTO log SELECT ifnull(max(number), 0) + 1, ?, randomblob(500) FROM log', undef, $amount);
  });
  print "started\n" if !$said && $committed > 1 && ++$said;
}
printf "committed %d busy %d slowest %d\n", $committed, $busy, $slowest * 1000;
