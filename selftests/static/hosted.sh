# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# North's own tests, in user space (selftests/hosted): hosted FLAVOUR [PROGRAM...] has
# one case a test program, with all that it printed when it fails.
cd "${here:?}/../hosted" || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

quietly() { "$@" >"$work/out" 2>&1 || { grep -v '^ok' "$work/out" | tail -n 60; return 1; }; }

# Two at a time: some of them mostly wait. A race ends a program: what follows it may hang.
run_programs() {
	printf '%s\n' "$@" | xargs -P 2 -I{} sh -c \
		'TSAN_OPTIONS=halt_on_error=1 LLVM_PROFILE_FILE=$1/$2.profraw timeout 200 $1/$2 >$1/$2.out 2>&1; echo $? >$1/$2.status' \
		sh "$work/build" {}
}

passed() {
	[ "$(cat "$work/build/$1.status")" = 0 ] ||
		{ grep -v '^ok' "$work/build/$1.out" | tail -n 60; return 1; }
}

hosted() {
	local flavour=$1 program programs
	shift
	programs=("$@")
	[ $# -gt 0 ] || mapfile -t programs < <(basename --suffix=.c -a test_*.c kernel/test_*.c)
	check "they build" quietly make --jobs="$(nproc)" FLAVOUR="$flavour" BUILD="$work/build" build
	run_programs "${programs[@]}"
	for program in "${programs[@]}"; do
		check "$program" passed "$program"
	done
}
