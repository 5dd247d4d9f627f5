# SPDX-License-Identifier: GPL-2.0
# TAP for the static tests: check NAME COMMAND...; done_testing at the end.
n=0 failed=0
echo "TAP version 13"
check() {
	local name=$1 out
	shift
	n=$((n + 1))
	if out=$("$@" 2>&1); then
		echo "ok $n $name"
	else
		echo "not ok $n $name"
		failed=1
	fi
	[ -z "$out" ] || sed 's/^/# /' <<<"$out"
}
done_testing() {
	echo "1..$n"
	exit $failed
}
