#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# strace -f and gdb on a program with a thread, a child and another program.
set -e
export DEBUGINFOD_URLS=
cat > prog.c <<'END'
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int watched;

static int inner(int n)
{
	watched += n;
	return watched * 2;
}

static int outer(int n)
{
	return inner(n) + inner(n + 1);
}

static void *thread(void *arg)
{
	umask(022);
	return arg;
}

int main(int argc, char **argv)
{
	int sum = outer(argc), status = 0;
	pthread_t t;
	pid_t child;

	getpid();
	getuid();
	close(-1);
	umask(077);
	if (argc > 1) {
		pthread_create(&t, NULL, thread, NULL);
		pthread_join(t, NULL);
		child = fork();
		if (!child) {
			execl(argv[1], argv[1], NULL);
			_exit(9);
		}
		waitpid(child, &status, 0);
	}
	printf("sum %d watched %d status %d\n", sum, watched, WEXITSTATUS(status));
	return 0;
}
END
gcc -g -O0 -o prog prog.c -lpthread

# Process ids, addresses and what depends on them, away; each task's lines by themselves.
calls=getpid,getuid,close,umask,clone,clone3,fork,vfork,execve,wait4,exit_group
show() {
	sed -E 's/^[0-9]+ +//; s/0x[0-9a-f]+/ADDR/g; s/\{parent_tid=\[[0-9]+\]\}/{TID}/; s/ = [0-9]{2,}$/ = PID/; s/wait4\([0-9]+/wait4(PID/; s/si_pid=[0-9]+, si_uid=[0-9]+/si_pid=PID, si_uid=UID/; s/si_utime=[^,]*, si_stime=[^}]*/TIMES/; s/\/\* [0-9]+ vars \*\//VARS/; s/child_tid(ptr)?=[^,}]*/TID/g' "$1"
}
strace -ff -o log -e trace=$calls ./prog /bin/false
find . -name 'log.*' | sort -V | while read -r log; do
	echo "-- a task"
	show "$log" | grep -v '^close([0-9]'
done
echo "-- all its calls, counted"
strace -f -c -o counts -e trace=$calls ./prog /bin/true
awk '$NF ~ /^(clone|clone3|execve|umask|wait4|getpid|getuid)$/ { print $4, $NF }' counts | sort
echo "-- a failing exec, an unknown call, a restart"
strace -e trace=execve -o log sh -c '/nonexistent; exit 0' || true
show log
strace -o log -e trace=nanosleep,clock_nanosleep,kill timeout -s USR1 1 perl -e '$SIG{USR1} = sub { print "usr1\n" }; $| = 1; sleep 5' || echo "status $?"

gdb_run() { timeout 100 gdb -nx -batch -iex 'set startup-with-shell off' -iex 'set can-use-hw-watchpoints 0' "$@" 2>&1 | grep -v -i 'debuginfod\|libthread_db\|^warning: \|^$\|^\[Inferior\|^Download\|\[New \|\[Thread\|\[Detach' | sed -E 's/0x[0-9a-f]+/ADDR/g; s/process [0-9]+/process PID/; s/LWP [0-9]+/LWP/'; }
echo "-- gdb"
gdb_run -ex 'break inner' -ex run -ex bt -ex 'watch watched' -ex continue -ex continue -ex 'info breakpoints' \
	-ex step -ex 'print watched' -ex 'print outer(1)' -ex delete -ex continue ./prog
