# SPDX-License-Identifier: GPL-2.0
# wasm2c's C for the kernel: its prelude replaced by wasm-prelude.h, what only
# its own run-time needs left out, fuel put behind each loop head, the view of the
# memory kept in a local copy, constant offsets kept apart from what is masked.
/^static [a-z0-9]+ w2c_north_[^ ]*\(w2c_north\*.*\);$/ && !body {
	body = 1
	print "/* SPDX-License-Identifier: GPL-2.0 */"
	print "#include \"wasm-prelude.h\""
}
!body { next }
/^wasm_rt_func_type_t wasm2c_.*\{$/ || /^void wasm2c_.*\{$/ || /^static void init_instance_import/ { skip = 1 }
skip { if (/^}/) skip = 0; next }
/^const u64 wasm2c_|^const u8 wasm2c_/ { next }
/^  *var_L[0-9]+: *$/ { print; print "    LB_FUEL;"; next }
/^}/ { view = 0 }
/^  FUNC_PROLOGUE;$/ { print; print "  LB_VIEW_BEGIN;"; view = 1; next }
view {
	called = /[^a-z0-9_](w2c_(north|south)_[A-Za-z0-9_]+|CALL_INDIRECT)\(/
	gsub(/\(instance->w2c_env_memory,/, "(\\&view,")
	if (/_(load|store)[0-9]*(_[su])?\(&view, \(u64\)\([a-z0-9_]+\)/) {
		if (!sub(/\) \+ /, ", "))
			sub(/\(u64\)\([a-z0-9_]+\)/, "&, 0")
		sub(/\(u64\)\(/, "")
		sub(/\), 0/, ", 0")
	}
	print
	if (called)
		print "  LB_VIEW_AGAIN;"
	next
}
{ print }
END { print "#include \"wasm-epilogue.h\"" }
