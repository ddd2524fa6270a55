/**
 * Takes SpamAssassin's locks by its own modules, as its configuration has them, and holds them until stdin ends. Arguments: the
 * seconds to wait, and maybe a file of preferences. Writes one line, of fields that end in NUL: `lock PATH` of what is locked,
 * `file PATH` of what belongs to it, `note TEXT`. Exit codes: 69 SpamAssassin is not there, 75 somebody else holds the lock that is named last.
 */
export const spamdProgram = String.raw`
use strict; use warnings;
my ($limit, $preferences) = @ARGV;
my ($stop, $lost, %held) = (0, 0);
eval { require Mail::SpamAssassin; 1 } or do { print STDERR "Mail::SpamAssassin: $@"; exit 69 };
use File::Basename qw(basename dirname);

# A signal does not end it in the midst of a lock, which would stay: it is looked for between all steps.
$SIG{$_} = sub { $stop = 1 } for qw(TERM INT HUP);
$SIG{PIPE} = 'IGNORE';

# Whether it is to end: told so, or nobody is there any more. stdin has nothing to read but its end.
sub told_to_end {
  my ($seconds) = @_;
  vec(my $in = '', 0, 1) = 1;
  $stop = 1 if !$stop && select($in, undef, undef, $seconds) > 0 && !sysread(STDIN, my $any, 4096);
  return $stop;
}

die "$preferences: $!\n" if defined $preferences && !open(my $readable, '<', $preferences);
my $sa = Mail::SpamAssassin->new({
  dont_copy_prefs => 1, local_tests_only => 1,
  defined $preferences ? (userprefs_filename => $preferences) : (),
});
$sa->init(1);
my ($conf, $locker) = ($sa->{conf}, $sa->{locker});
my $suffix = ref($locker) =~ /::Flock$/ ? 'mutex' : 'lock';
my $deadline = time + $limit;

# Its lock file is ours for as long as it is the same one: what is broken is made anew. nfssafe writes host and process into it.
sub identity {
  my ($file) = "$_[0].$suffix";
  my @found = lstat($file) or return '';
  my $owner = '';
  if ($suffix eq 'lock' && open(my $lock, '<', $file)) { $owner = readline($lock) // '' }
  return "$found[0].$found[1].$owner";
}

# In short turns: the modules do not look at stdin while they wait.
sub take {
  my ($path, $mode) = @_;
  until ($locker->safe_lock($path, 1, $mode)) {
    exit 1 if told_to_end(0);
    if (time >= $deadline) { print STDERR "$path.$suffix\n"; exit 75 }
  }
  $held{$path} = identity($path);
}

END {
  my $code = $?;
  for my $path (keys %held) {
    if (identity($path) eq $held{$path}) { $locker->safe_unlock($path) }
    else { print STDERR "$path.$suffix: the lock was lost\n"; $code ||= 1 }
  }
  $? = $code;
}

# What of a database is there: the files that begin like its path. Lock files are none of it.
sub files_of {
  my ($path, $after) = @_;
  my $start = quotemeta basename($path);
  opendir(my $directory, dirname($path)) or return;
  return map { dirname($path) . "/$_" } grep { /^$start$after$/ } readdir $directory;
}

my @fields;
sub lock_database {
  my ($path, $mode, $after) = @_;
  take($path, $mode) if -d dirname($path);
  my @files = files_of($path, $after);
  push @fields, "lock $path", (map { "file $_" } @files), @files ? () : "note there is no database at $path";
}

my $store = $conf->{bayes_store_module} || 'DBM';
if ($store !~ /\bS?DBM$/) {
  my ($kind) = $store =~ /(\w+)$/;
  push @fields, 'note its Bayes store is in ' . ($kind =~ /SQL/ ? 'SQL' : $kind) . ': dump that database';
} elsif (defined $conf->{bayes_path}) {
  lock_database($sa->sed_path($conf->{bayes_path}), $conf->{bayes_file_mode}, '_.*');
}
my $addresses = $conf->{auto_welcomelist_path}; # of the plugins AWL and TxRep, where they are loaded
my $factory = join ' ', map { $conf->{$_} || '' } qw(auto_welcomelist_factory txrep_factory);
if (defined $addresses && $factory =~ /SQL/) {
  push @fields, 'note its address list is in SQL: dump that database';
} elsif (defined $addresses) {
  lock_database($sa->sed_path($addresses), $conf->{auto_welcomelist_file_mode}, '(?:\.(?:db|dir|pag))?');
}

$| = 1;
print join('', map { "$_\0" } @fields), "\n";
until (told_to_end(60)) {
  # nfssafe breaks a lock that was not touched for ten minutes; somebody else's is not to be touched.
  for my $path (keys %held) { $locker->refresh_lock($path) if identity($path) eq $held{$path} }
}
`;
