# SPDX-License-Identifier: GPL-2.0
# From syscalls.tbl: -v out=dispatch gives North's table, -v out=ways the redirect's.
BEGIN {
	FS = "\t"
	print "/* Made from syscalls.tbl; don't edit. */"
	if (out == "ways")
		print "static const struct { u8 way, error; const char *name; } lb_syscalls[LB_NR_SYSCALLS] = {"
}
# A line of the room "test" is for test builds only.
$5 == "test" && !test { next }
/^#/ || NF < 6 { next }
out == "dispatch" && $4 != "-" {
	printf "s64 %s(const u64 *a);\n", $4
	row[$1] = $4
	if ($1 > last)
		last = $1
}
out == "ways" {
	printf "\t[%d] = { LB_WAY_%s, %s, \"%s\" },\n", $1, toupper($3), $3 == "refuse" ? $6 : 0, $2
}
END {
	if (out == "dispatch") {
		print "static s64 (*const dispatch[])(const u64 *) = {"
		for (i = 0; i <= last; i++)
			if (i in row)
				printf "\t[%d] = %s,\n", i, row[i]
	}
	print "};"
}
