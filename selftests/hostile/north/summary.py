#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""summary.py FOLDER IMPORTS SEED BREACHES LEAKS ASKED - the figures of a run, from the reports
that its boxes left in FOLDER. That an import was never called is a failure where there was time."""
import collections
import glob
import json
import os
import struct
import sys

folder, names, seed, breaches, leaks, asked = sys.argv[1:]
IMPORTS, ENTRIES, MAGIC = 64, 8, 0x7265706F7274
LAYOUT = struct.Struct("<QQ Q%dQ %dI Q128s" % (ENTRIES, IMPORTS))
names = open(names).read().split()
calls = [0] * IMPORTS
entries = [0] * ENTRIES
read = 0
for path in glob.glob(folder + "/[0-9]*.[0-9]*"):
    data = open(path, "rb").read(LAYOUT.size)
    if len(data) < LAYOUT.size:
        continue
    f = LAYOUT.unpack(data)
    if f[0] != MAGIC or f[1] != sum(struct.unpack("<%dQ" % ((LAYOUT.size - 16) // 8), data[16:])) % 2**64:
        continue
    read += 1
    entries = [a + b for a, b in zip(entries, f[3:3 + ENTRIES])]
    calls = [a + b for a, b in zip(calls, f[3 + ENTRIES:3 + ENTRIES + IMPORTS])]
    breaches = max(int(breaches), f[-2])


def lines(name):
    try:
        return open(folder + "/" + name, errors="replace").read().splitlines()
    except FileNotFoundError:
        return []


failures = int(os.environ["HOSTILE_FAILURES"])
never = [name for i, name in enumerate(names) if not calls[i]]
kinds = ["enter", "syscall", "exec", "exec_finish", "clone_abort", "exit"]
if int(breaches):
    failures = max(failures, 1)
# Where there was time, one that was not called at all is a hole.
if int(asked) >= 120 and never:
    print("# FAILED: never called:", *never, file=sys.stderr)
    failures += 1
witness = dict(line.split() for line in lines("witness.root") if " " in line)
result = {
    "seconds": int(os.environ["HOSTILE_SECONDS"]),
    "operations": sum(calls),
    "failures": failures,
    "seed": int(seed),
    "boxes": len(lines("boxes")),
    "reports": read,
    "entries": sum(entries),
    "imports_called": len(names) - len(never),
    "imports": len(names),
    "fewest_calls_of_an_import": min(calls[:len(names)]),
    "traps": len(lines("traps")),
    "breaches": int(breaches),
    "leaks": int(leaks),
    "host_lag_ms": int(witness.get("lag", -1)),
}
for i, kind in enumerate(kinds):
    result["entries_" + kind] = entries[i]
for trap, n in sorted(collections.Counter(lines("traps")).items()):
    result["trap_" + trap.replace(" ", "_")] = n
json.dump(result, sys.stdout, indent=1)
print()
