#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Resource limits by each of their calls, of the own and of other processes."""
import ctypes
import os
import resource
import signal
import struct
import sys

sys.dont_write_bytecode = True
sys.path.append(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
from calls import call, name  # noqa: E402

GETRLIMIT, SETRLIMIT, PRLIMIT64 = 97, 160, 302
NAMES = sorted(n for n in dir(resource) if n.startswith("RLIMIT_") and n != "RLIMIT_OFILE")


def raw(nr, *args):
    return name(call(nr, *args))


def pair(cur, most):
    return ctypes.create_string_buffer(struct.pack("qq", cur, most), 16)


def child():
    """One that only waits, and lets what is asked for happen to it before it ends."""
    pid = os.fork()
    if not pid:
        signal.pause()
    return pid


def end(pid):
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


print("# by each call the same, and of each limit a lower one")
for each in NAMES:
    number = getattr(resource, each)
    cur, most = resource.getrlimit(number)
    was = pair(0, 0)
    print(each, raw(GETRLIMIT, number, was), struct.unpack("qq", was.raw) == (cur, most),
          resource.prlimit(os.getpid(), number) == (cur, most), resource.prlimit(0, number) == (cur, most))
pid = os.fork()
if not pid:
    for each in NAMES:
        number = getattr(resource, each)
        cur, most = resource.getrlimit(number)
        low = most if 0 <= most < 10**6 else 10**6 if each != "RLIMIT_NOFILE" else 200
        if each in ("RLIMIT_AS", "RLIMIT_DATA", "RLIMIT_STACK"):
            low = 10**9
        print(each, raw(SETRLIMIT, number, pair(low, most)), resource.getrlimit(number) == (low, most),
              flush=True)
    os._exit(0)
os.waitpid(pid, 0)
for number in (16, -1, 2**31 - 1):
    print(number, raw(GETRLIMIT, number, pair(0, 0)), raw(SETRLIMIT, number, pair(0, 0)),
          raw(PRLIMIT64, 0, number, None, pair(0, 0)), raw(PRLIMIT64, os.getppid(), number, None, pair(0, 0)))
for number in (resource.RLIMIT_STACK, resource.RLIMIT_NOFILE, 16):
    print(raw(GETRLIMIT, number, None), raw(SETRLIMIT, number, None), raw(GETRLIMIT, number, 8), raw(SETRLIMIT, number, 8), raw(SETRLIMIT, number, pair(2, 1)),
          raw(PRLIMIT64, 0, number, 8, None), raw(PRLIMIT64, 0, number, None, None))

print("# of another process")
pid = child()
for each in NAMES:
    number = getattr(resource, each)
    cur, most = resource.getrlimit(number)
    was = resource.prlimit(pid, number, (min(cur, 12345) if cur >= 0 else 12345, most))
    now = resource.prlimit(pid, number)
    print(each, was == (cur, most), now[0] == (min(cur, 12345) if cur >= 0 else 12345), now[1] == most,
          resource.getrlimit(number) == (cur, most))
print([line.split()[3] for line in open(f"/proc/{pid}/limits") if line.startswith(("Max cpu", "Max stack", "Max file"))])
end(pid)
for who in (pid, -1, 2**31 - 1):
    for number in (resource.RLIMIT_CPU, resource.RLIMIT_CORE):
        print(raw(PRLIMIT64, who, number, None, pair(0, 0)))
print(raw(PRLIMIT64, pid, resource.RLIMIT_CPU, 8, None))

print("# it is felt there")
r, w = os.pipe()
pid = os.fork()
if not pid:
    os.read(r, 1)
    while True:
        pass
resource.prlimit(pid, resource.RLIMIT_CPU, (1, 2))
os.write(w, b"x")
print(signal.Signals(os.WTERMSIG(os.waitpid(pid, 0)[1])).name)

print("# by another user")
pid = child()
asker = os.fork()
if not asker:
    os.setgid(1000)
    os.setuid(1000)
    for number in (resource.RLIMIT_CPU, resource.RLIMIT_CORE):
        print(raw(PRLIMIT64, pid, number, None, pair(0, 0)), raw(PRLIMIT64, pid, number, pair(1, 1), None),
              raw(PRLIMIT64, os.getpid(), number, None, pair(0, 0)), flush=True)
    os._exit(0)
os.waitpid(asker, 0)
end(pid)
asker = os.fork()
if not asker:
    os.setgid(1000)
    os.setuid(1000)
    pid = child()
    for number in (resource.RLIMIT_STACK, resource.RLIMIT_CORE):
        print(raw(PRLIMIT64, pid, number, pair(1000, 1000), None), raw(PRLIMIT64, pid, number, pair(1000, 1001), None),
              resource.prlimit(pid, number), flush=True)
    end(pid)
    os._exit(0)
os.waitpid(asker, 0)
