# SPDX-License-Identifier: GPL-2.0
# awk -v out=kernel|hosted -f imports.awk imports.tbl south.h
#
# Makes of the declarations in south.h the recording imports (kernel) or the replaying
# ones (hosted), and for either the table of what they do with pointers.
BEGIN { nr = 0; print "/* SPDX-License-Identifier: GPL-2.0 */\n#include \"" (out == "kernel" ? "recorder.h" : "replay.h") "\"" }
FILENAME ~ /\.tbl$/ {
	if (/^[^#]/) {
		line = $4
		for (i = 5; i <= NF; i++)
			line = line " " $i
		way[$1, $2] = $3
		length_of[$1, $2] = line
		unused[$1 " " $2] = 1
	}
	next
}
/^SOUTH\(/ { declaration = " " }
declaration { declaration = declaration $0 }
/;$/ && declaration {
	if (declaration !~ /south_grow\(/)
		import(declaration)
	declaration = ""
}
END {
	for (u in unused)
		fail("no such pointer in south.h: " u)
	if (failed)
		exit 1
	print "\nconst struct lb_record_import lb_record_imports[] = {\n" table "};"
	print "const unsigned int lb_record_nr_imports = sizeof(lb_record_imports) / sizeof(lb_record_imports[0]);"
}

function fail(why) {
	print "imports.awk: " why > "/dev/stderr"
	failed = 1
}
# "const char *name" is a type and a name.
function name_of(s) { return substr(s, match(s, /[a-z0-9_]+$/)) }
function type_of(s) { return substr(s, 1, match(s, / ?[a-z0-9_]+$/) - 1) }

function index_of(name, part, n,	i) {
	for (i = 1; i <= n; i++)
		if (name_of(part[i]) == name)
			return i - 1
	fail("no argument " name)
	return 0
}

# The initialiser of one pointer.
function pointer(of, name, at, part, n,	word, ways, how) {
	if (!((of, name) in way)) {
		fail("imports.tbl says nothing of " name " of south_" of)
		return ""
	}
	delete unused[of " " name]
	ways = (way[of, name] ~ /</ ? "LB_POINTER_IN" : "0") " | " (way[of, name] ~ />/ ? "LB_POINTER_OUT" : "0")
	split(length_of[of, name], word, " ")
	if (word[1] == "")
		how = "LB_LENGTH_NONE, 0"
	else if (word[1] == "struct")
		how = "LB_LENGTH_FIXED, sizeof(struct " word[2] ")"
	else if (word[1] ~ /^[0-9]+$/)
		how = "LB_LENGTH_FIXED, " word[1]
	else if (word[1] == "result")
		how = "LB_LENGTH_RESULT, 0"
	else if (word[1] == "string")
		how = "LB_LENGTH_STRING, " index_of(word[2], part, n)
	else if (word[1] == "name")
		how = "LB_LENGTH_NAME, " word[2]
	else
		how = "LB_LENGTH_ARG, " index_of(word[1], part, n)
	return " { " at ", " ways ", " how " },"
}

function import(d,	name, result, part, n, i, type, arg, pointers, nr_pointers, parameters, pass, values, call, head) {
	gsub(/[ \t]+/, " ", d)
	match(d, /south_[a-z_]+\(.*\)/)
	name = substr(d, RSTART, index(substr(d, RSTART), "(") - 1)
	result = d ~ /\) void / ? "void" : d ~ /\) u64 / ? "u64" : d ~ /\) s64 / ? "s64" : "s32"
	d = substr(d, RSTART + length(name) + 1, RLENGTH - length(name) - 2)
	sub(/^south_/, "", name)
	n = d == "void" ? 0 : split(d, part, /, */)
	for (i = 1; i <= n; i++) {
		type = type_of(part[i])
		arg = name_of(part[i])
		if (type ~ /\*$/) {
			pointers = pointers pointer(name, arg, i - 1, part, n)
			nr_pointers++
		}
		if (out == "kernel") {
			parameters = parameters ", " (type ~ /64/ ? "u64 " : "u32 ") arg
			values = values (i > 1 ? ", " : "") arg
		} else {
			parameters = parameters (i > 1 ? ", " : "") part[i]
			values = values (i > 1 ? ", " : "") (type ~ /\*$/ ? "(unsigned long)" : type ~ /64/ ? "" : "(u32)") arg
		}
		pass = pass ", " arg
	}
	table = table "\t{ \"" name "\", " n ", " nr_pointers + 0 ", {" (nr_pointers ? pointers : "") " } },\n"
	if (out == "kernel") {
		type = result == "void" ? "void" : result ~ /64/ ? "u64" : "u32"
		call = "w2c_south_" name "(caller" pass ")"
		head = type " lb_record_south_" name "(struct w2c_south *caller" parameters ")"
		print "\n" head ";\n" head "\n{"
		print "\tconst u64 arg[LB_RECORD_ARGS] = { " values " };"
		if (result != "void")
			print "\t" type " ret;"
		print "\n\tlb_record_call(caller, " nr ", arg);"
		print "\t" (result == "void" ? "" : "ret = ") call ";"
		print "\tlb_record_return(caller, " nr ", arg, " (result == "void" ? "0" : result == "s32" ? "(s32)ret" : "ret") ");"
		if (result != "void")
			print "\treturn ret;"
	} else {
		print "\n" result " south_" name "(" (n ? parameters : "void") ")\n{"
		print "\tconst u64 arg[LB_RECORD_ARGS] = { " values " };\n"
		print "\t" (result == "void" ? "" : "return ") "replay_import(" nr ", arg);"
	}
	print "}"
	nr = nr + 1
}
