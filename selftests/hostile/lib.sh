# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# For the parts: figures, failures, boxes. A part is called as "run SECONDS RESULTS".
# HOSTILE_SEED=N repeats what it does as far as tasks that race can be repeated.
[[ ${1-} =~ ^[1-9][0-9]*$ && -d ${2-} ]] || { echo "usage: run SECONDS RESULTS" >&2; exit 2; }
seconds=$1 results=$2
part=$(basename "$(dirname "$(realpath "$0")")")
started=$(date +%s%N)
operations=0 failures=0
RANDOM=${HOSTILE_SEED:-$RANDOM}
work=$(mktemp -d "/tmp/hostile-$part.XXXXXX")
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT

say() { echo "# $part: $*"; }
fail() {
	failures=$((failures + 1))
	say "FAILED: $*"
}
# elapsed: seconds since the part began; left: until it is to end
elapsed() { echo $((($(date +%s%N) - started) / 1000000000)); }
left() { echo $((seconds - $(elapsed))); }
# finish [NAME FIGURE]...: writes the figures and ends.
finish() {
	{
		printf '{"seconds": %d, "operations": %d, "failures": %d' "$(elapsed)" "$operations" "$failures"
		[ $# = 0 ] || printf ', "%s": %s' "$@"
		echo '}'
	} >"$results/$part.json"
	say "$operations operations, $failures failures, $(elapsed) s"
	exit $((failures > 0))
}
# lasting SECONDS COMMAND...: runs it; true unless it takes much longer than it should.
# What doesn't end by itself is a failure of its own: a box must be there to be killed.
lasting() {
	local most=$(($1 * 3 + 120))
	shift
	timeout --kill-after=60 $most "$@" </dev/null
}
# slow: is this a kernel that looks for bugs, and takes ten times as long for all?
slow() { [ -e /sys/kernel/debug/kmemleak ]; }
# trapped FILE: did North trap, by what lbctl said?
trapped() { grep -a -q -E 'North trapped' "$1"; }
