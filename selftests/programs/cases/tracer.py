#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What a tracer makes of another's calls: skipped, turned into others, with other results."""
import ctypes
import os
import signal
import sys

sys.dont_write_bytecode = True
sys.path.append(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
from calls import call, name  # noqa: E402

TRACEME, GETREGS, SETREGS, SYSCALL, SETOPTIONS, SYSGOOD = 0, 12, 13, 24, 0x4200, 1
RAX, RSI, RDI, ORIG_RAX = 10, 13, 14, 15
MINE = 0xabc
GETPPID = 110
SKIP = 2 ** 64 - 1
# By their ways into a box: answered at once, North's, the host's; one that there isn't.
CALLS = {"getpid": 39, "lseek": 8, "sched_yield": 24, "none": 999}

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.restype = ctypes.c_long
libc.ptrace.argtypes = [ctypes.c_ulong, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def at_entry(regs):
    change = {
        "nothing": {},
        "skip": {ORIG_RAX: SKIP},
        "skip by 32 bits": {ORIG_RAX: 0xffffffff},
        "skip with a result": {ORIG_RAX: SKIP, RAX: 77},
        "skip with an error": {ORIG_RAX: SKIP, RAX: 2 ** 64 - 13},
        "another call": {ORIG_RAX: GETPPID},
        "another and a result": {ORIG_RAX: GETPPID, RAX: 77},
        "no call that there is": {ORIG_RAX: 555},
        "another result": {},
    }
    what = list(change)[regs[RSI]]
    for at, value in change[what].items():
        regs[at] = value
    return what


def traced(out):
    libc.ptrace(TRACEME, 0, None, None)
    os.kill(os.getpid(), signal.SIGSTOP)
    for called, nr in CALLS.items():
        for i in range(9):
            r = call(nr, MINE, i)
            r = {os.getpid(): "pid", os.getppid(): "ppid"}.get(r, r)
            os.write(out, f"{called} {i}: {name(r) if isinstance(r, int) else r}\n".encode())


out, up = os.pipe()
pid = os.fork()
if not pid:
    traced(up)
    os._exit(0)
os.close(up)
os.waitpid(pid, 0)
libc.ptrace(SETOPTIONS, pid, None, SYSGOOD)
regs = (ctypes.c_ulonglong * 27)()
entry, seen = True, []
while True:
    libc.ptrace(SYSCALL, pid, None, None)
    _, status = os.waitpid(pid, 0)
    if not os.WIFSTOPPED(status):
        break
    if os.WSTOPSIG(status) != signal.SIGTRAP | 0x80:
        continue
    libc.ptrace(GETREGS, pid, None, regs)
    if regs[RDI] == MINE:
        if entry:
            what = at_entry(regs)
            if what not in seen:
                seen.append(what)
        elif what == "another result":
            regs[RAX] = 55
        libc.ptrace(SETREGS, pid, None, regs)
    entry = not entry
print(os.read(out, 65536).decode(), end="")
print(seen, os.waitstatus_to_exitcode(status))
