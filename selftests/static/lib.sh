# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# TAP for the static tests: check NAME COMMAND...; done_testing at the end. What a
# case printed stands before its result, as with the kselftest harness.
n=0 failed=0
echo "TAP version 13"
check() {
	local name=$1 out status=0
	shift
	n=$((n + 1))
	out=$("$@" 2>&1) || status=$?
	[ -z "$out" ] || sed 's/^/# /' <<<"$out"
	if [ $status = 0 ]; then
		echo "ok $n $name"
	else
		echo "not ok $n $name"
		failed=1
	fi
}
done_testing() {
	echo "1..$n"
	exit $failed
}
