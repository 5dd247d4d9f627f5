#!/bin/bash
perl -e 'use strict; use warnings; use File::Find; use File::Temp qw(tempdir); use POSIX qw(:sys_wait_h); use IO::Select; use Cwd;
my $d = tempdir(DIR => ".", CLEANUP => 1); for my $i (1..20) { open(my $f, ">", "$d/$i") or die; print $f $i x $i; close $f; }
my $n = 0; find(sub { $n += -s $_ if -f $_ }, $d); print "$n\n";
pipe(my $r, my $w); my $pid = fork(); if (!$pid) { close $r; print $w "child\n"; close $w; exit 5 } close $w; print scalar <$r>; waitpid($pid, 0); print $? >> 8, "\n";
$SIG{ALRM} = sub { print "alarm\n" }; alarm 1; select(undef, undef, undef, 3); local $| = 1;
my $out = `echo backtick`; print $out; system("exit 3"); print $? >> 8, "\n"; open(my $p, "-|", "seq 3") or die; print <$p>; close $p;
my @l = sort { $b <=> $a } map { $_ * 3 % 17 } 1..16; print "@l\n"; print join(",", map { sprintf "%o", (stat)[2] & 07777 } ("/etc", "/tmp")), "\n";
print "kill ", kill(0, $$), "\n"; my $s = IO::Select->new; my ($a, $b); socketpair($a, $b, 1, 1, 0) or die "socketpair $!"; syswrite($a, "sp"); sysread($b, my $buf, 10); print "$buf\n"; print -t STDIN ? "tty" : "notty", "\n";
rename("./nonexistent", "x") or print "$!\n"; opendir(my $dh, "/etc/skel"); print scalar(grep { !/^\.\.?$/ } readdir $dh), "\n"; print time > 1e9 ? "time\n" : ""; my $t = times; flock(DATA, 2) if 0; print "done\n"'
