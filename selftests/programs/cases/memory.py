#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""/proc/PID/mem: one's own memory, a child's, another user's; what an exec leaves of it."""
import ctypes
import errno
import mmap
import os
import signal
import sys

sys.dont_write_bytecode = True
sys.path.append(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
from calls import call, name  # noqa: E402


def tried(what, *args):
    try:
        return what(*args)
    except OSError as e:
        return errno.errorcode[e.errno]


def address(m):
    return ctypes.addressof(ctypes.c_char.from_buffer(m))


area = mmap.mmap(-1, 4 * mmap.PAGESIZE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
area[:10] = b"some bytes"
at = address(area)
fd = os.open("/proc/self/mem", os.O_RDWR)
print("mode", oct(os.fstat(fd).st_mode))
print("read", os.pread(fd, 10, at), os.lseek(fd, at, os.SEEK_SET) == at, os.read(fd, 4), os.read(fd, 6))
print("write", os.pwrite(fd, b"more", at), area[:10])
print("nowhere", tried(os.pread, fd, 1, 0), tried(os.pwrite, fd, b"x", 0), tried(os.lseek, fd, 0, os.SEEK_END))
# As far as it is mapped, and where the process itself couldn't.
print("unmap", call(11, at + 2 * mmap.PAGESIZE, mmap.PAGESIZE))
print("up to a hole", len(os.pread(fd, 100, at + 2 * mmap.PAGESIZE - 10)), len(os.pread(fd, 1 << 16, at)))
print("protect", call(10, at, mmap.PAGESIZE, 1), os.pwrite(fd, b"even", at), area[:10])
print("protect", call(10, at, mmap.PAGESIZE, 0), os.pread(fd, 10, at), call(10, at, mmap.PAGESIZE, 3))
print("bad buffer", name(call(17, fd, 8, 10, at)), name(call(18, fd, 8, 10, at)))

refs = os.open("/proc/self/clear_refs", os.O_WRONLY)
print("clear_refs", oct(os.fstat(refs).st_mode), [tried(os.write, refs, v) for v in (b"1", b"4\n", b"0", b"6", b"x", b"")])

# Another process's.
go, told = os.pipe()
child = os.fork()
if not child:
    os.close(told)
    os.read(go, 1)
    print("child has", area[:10], flush=True)
    os.execv("/bin/sleep", ["sleep", "30"])
os.close(go)
theirs = os.open(f"/proc/{child}/mem", os.O_RDWR)
print("child's", os.pread(theirs, 10, at), os.pwrite(theirs, b"your", at), area[:10], flush=True)
os.close(told)
while os.readlink(f"/proc/{child}/exe") == os.readlink("/proc/self/exe"):
    pass
while not open(f"/proc/{child}/cmdline", encoding="ascii").read().startswith("sleep"):
    pass
print("after its exec", os.pread(theirs, 10, at), os.pwrite(theirs, b"x", at))
again = os.open(f"/proc/{child}/task/{child}/mem", os.O_RDONLY)
where = open(f"/proc/{child}/maps", encoding="ascii").readline().split("-")[0]
print("its program", os.pread(again, 4, int(where, 16)))
user = os.fork()
if not user:
    os.setgid(65534)
    os.setuid(65534)
    print("another user", tried(os.open, f"/proc/{child}/mem", os.O_RDONLY), flush=True)
    os._exit(0)
os.waitpid(user, 0)
os.kill(child, signal.SIGKILL)
os.waitpid(child, 0)
print("it has ended", os.pread(again, 4, int(where, 16)), tried(os.open, f"/proc/{child}/mem", os.O_RDONLY))
