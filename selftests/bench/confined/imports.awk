# SPDX-License-Identifier: GPL-2.0
# Of south.h: the imports of confined North, which check and translate its addresses as
# the kernel's do, then call the hosted South. The two that change the view of the memory
# are in entries.c.
BEGIN {
	print "/* SPDX-License-Identifier: GPL-2.0 */"
	print "#include \"entries.h\""
}
/^SOUTH\(/ { declaration = " " }
declaration { declaration = declaration $0 }
/;$/ && declaration {
	if (declaration !~ /south_(grow|lock)\(/)
		import(declaration)
	declaration = ""
}

# "const char *name" is a type and a name.
function name_of(s) { return substr(s, match(s, /[a-z0-9_]+$/)) }
function type_of(s) { return substr(s, 1, match(s, / ?[a-z0-9_]+$/) - 1) }

# How far pointer @i reaches: bytes are counted by the next length; without one it is a
# task's name.
function reach(part, n, i, type,	name) {
	if (type !~ /(void|char) \*$/)
		return "sizeof(" substr(type, 1, length(type) - 2) ")"
	while (++i <= n) {
		name = name_of(part[i])
		if (name ~ /(len|size)$/)
			return name
	}
	return "sizeof(current->comm)"
}

function import(d,	function_name, result, part, n, i, type, name, parameters, arguments) {
	gsub(/[ \t]+/, " ", d)
	match(d, /south_[a-z_]+\(.*\)/)
	function_name = substr(d, RSTART, index(substr(d, RSTART), "(") - 1)
	result = d ~ /\) void / ? "void" : d ~ /\) [su]64 / ? "u64" : "u32"
	d = substr(d, RSTART + length(function_name) + 1, RLENGTH - length(function_name) - 2)
	n = split(d, part, /, */)
	for (i = 1; i <= n && d != "void"; i++) {
		type = type_of(part[i])
		name = name_of(part[i])
		parameters = parameters ", " (type ~ /64/ ? "u64 " : "u32 ") name
		if (type ~ /\*$/)
			name = "lb_pointer(caller, " name ", " reach(part, n, i, type) ")"
		arguments = arguments (i > 1 ? ", " : "") name
	}
	print "\n" result " w2c_" function_name "(struct w2c_south *caller" parameters ")\n{"
	print "\tlb_import((struct lb_task *)caller);"
	print "\t" (result == "void" ? "" : "return ") function_name "(" arguments ");\n}"
}
