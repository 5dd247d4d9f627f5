# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# TAP and helpers for the tests of boxes.
n=0 failed=0
work=$(mktemp -d /tmp/box-test.XXXXXX)
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
echo "TAP version 13"

# ok NAME CONDITION...: a case; what the command prints is shown when it fails.
ok() {
	local name=$1 out
	shift
	n=$((n + 1))
	if out=$("$@" 2>&1); then
		echo "ok $n $name"
	else
		sed 's/^/# /' <<<"status $? of: $* ; $out"
		echo "not ok $n $name"
		failed=1
	fi
}
# is NAME WANTED GOT
is() {
	n=$((n + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $n $1"
	else
		printf 'wanted: %s\ngot: %s\n' "$2" "$3" | sed 's/^/# /'
		echo "not ok $n $1"
		failed=1
	fi
}
skip() {
	n=$((n + 1))
	echo "ok $n # SKIP $1"
}
done_testing() {
	echo "1..$n"
	exit $failed
}
# slow: is this a kernel that looks for bugs, and takes ten times as long for all?
slow() { [ -e /sys/kernel/debug/kmemleak ]; }
box() { lbctl spawn "$@" </dev/null; }
boxes() { lbctl ps --json | python3 -c 'import json, sys; print(len(json.load(sys.stdin)))'; }
no_box_left() {
	for _ in $(seq 50); do
		[ "$(boxes)" = 0 ] && return 0
		sleep 0.1
	done
	lbctl ps
	return 1
}
cgroups() { find /sys/fs/cgroup/litebox -mindepth 1 -type d 2>/dev/null | wc -l; }
no_cgroup_left() {
	for _ in $(seq 50); do
		[ "$(cgroups)" = 0 ] && return 0
		sleep 0.1
	done
	find /sys/fs/cgroup/litebox -mindepth 1 -type d
	return 1
}
