#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Prints weak stubs for what the given objects of North need and none of them
# has: system calls give -ENOSYS, other functions 0. For work on one room while
# another doesn't link; a complete North needs none.
: > "$OUT.missing"
nm --defined-only --format=posix "$@" | awk 'NF > 1 && $2 ~ /[A-Z]/ { print $1 }' | sort -u > "$OUT.have"
nm --undefined-only --format=posix "$@" | awk 'NF > 1 { print $1 }' |
	grep -vE '^(south_|hosted_|__|_GLOBAL_OFFSET|mem(cpy|move|set|cmp)$|str(len|nlen|cmp|ncmp|chr|rchr)$|abort$)' |
	grep -vxE 'alloc|release|resize|alloc_used' |
	sort -u | comm -23 - "$OUT.have" |
	while read -r name; do
		case $name in
		stream_file) echo "void *file_anon(); static long no_ops[32];
__attribute__((weak)) void *stream_file(int h) { return file_anon(no_ops, \"stream:\", 020600, 2, 0); }" ;;
		sys_*) echo "__attribute__((weak)) long $name(void) { return -38; }" ;;
		*_lock | *_sb | tasks | processes) echo "__attribute__((weak)) char ${name}[256] __attribute__((aligned(16)));" ;;
		*) echo "__attribute__((weak)) long $name(void) { return 0; }" ;;
		esac
		echo "$name" >> "$OUT.missing"
	done
echo "stubs: $(wc -l < "$OUT.missing") symbols are missing, see $OUT.missing" >&2
