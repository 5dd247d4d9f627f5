#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Calls that few programs make: the newer futexes, signals to threads with a value, subreapers,
file systems by number and device, what is cached, memory of killed processes."""
import ctypes
import mmap
import os
import signal
import struct
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.append(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
from calls import call, libc, name  # noqa: E402

NS = 1000000000


def until(seconds, clock=time.CLOCK_MONOTONIC):
    return struct.pack("qq", *divmod(time.clock_gettime_ns(clock) + int(seconds * NS), NS))


# futex_wake, futex_wait, futex_requeue.
WAKE, WAIT, REQUEUE = 454, 455, 456
U32, PRIVATE = 2, 128
word = ctypes.c_uint32(5)
other = ctypes.c_uint32(6)
at, at2 = ctypes.addressof(word), ctypes.addressof(other)
print("wake flags", [name(call(WAKE, at, 1, 1, f)) for f in (0, 1, 2, 3, 128, 130, 131, 256)])
print("wake", [name(call(WAKE, *a)) for a in (
    (at, 0, 1, U32), (at, 1 << 32, 1, U32), (at + 1, 1, 1, U32), (at + 1, 1, 0, U32), (8, 1, 0, U32), (8, 1, 1, U32),
    (1 << 47, 1, 0, U32 | PRIVATE), (at, 1, -1, U32), (at, 1, 0, U32))])
print("wait", [name(call(WAIT, *a)) for a in (
    (at, 6, 1, U32, 0, 0), (at, 5, 0, U32, 0, 0), (at, 5, 1, 3, 0, 0), (at, 5 + (1 << 32), 1, U32, 0, 0),
    (at, 5, 1 << 32, U32, 0, 0), (at, 6, 1, U32, 0, 7), (at, 5, 1, U32, 8, 7), (at, 5, 1, U32, 8, 1),
    (at, 5, 0, U32, 8, 1), (at + 2, 5, 1, U32, 0, 0))])
for clock in 0, 1:
    begin = time.monotonic()
    r = call(WAIT, at, 5, 1, U32 | PRIVATE, until(0.05, clock), clock)
    print("wait until", name(r), 0.04 < time.monotonic() - begin < 5)
print("bad time", name(call(WAIT, at, 5, 1, U32, struct.pack("qq", 1, NS), 1)))
woken = []


def sleeper(where, value, mask, flags=U32 | PRIVATE):
    woken.append((mask, name(call(WAIT, where, value, mask, flags, until(20), 1))))


def asleep(count, where, value):
    """Lets that many threads sleep: they have when so many could be moved from here to here."""
    both = struct.pack("QQII", value, where, U32 | PRIVATE, 0) * 2
    while call(REQUEUE, both, 0, 0, 100) != count:
        time.sleep(0.01)


threads = [threading.Thread(target=sleeper, args=(at, 5, mask)) for mask in (1, 2, 4)]
for t in threads:
    t.start()
asleep(3, at, 5)
print("nobody", call(WAKE, at, 8, 9, U32 | PRIVATE), call(WAKE, at, 7, 0, U32 | PRIVATE))
print("one by mask", call(WAKE, at, 2, 9, U32 | PRIVATE))
threads[1].join()
print(woken)


def waiters(v1, f1, v2, f2):
    return struct.pack("QQIIQQII", v1, at, f1, 0, v2, at2, f2, 0)


print("requeue", [name(call(REQUEUE, *a)) for a in (
    (0, 0, 1, 1), (0, 1, 1, 1), (8, 0, 1, 1), (waiters(5, 2, 6, 130), 0, 1, 1), (waiters(5, 3, 6, 3), 0, 1, 1),
    (waiters(4, 130, 6, 130), 0, 1, 1), (waiters(5, 130, 6, 130), 0, -1, 1), (waiters(5, 130, 6, 130), 0, 1, -1))])
print("requeue", call(REQUEUE, waiters(5, 130, 6, 130), 0, 0, 9))
print("moved", call(WAKE, at, 7, 9, U32 | PRIVATE), call(WAKE, at2, 7, 9, U32 | PRIVATE))
for t in threads:
    t.join()
print(sorted(woken))

# A handler ends the wait, or it goes on behind it.
signal.signal(signal.SIGALRM, lambda sig, frame: None)
for restarts in False, True:
    signal.siginterrupt(signal.SIGALRM, not restarts)
    for timeout in 0.4, None:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        if timeout is None:
            if restarts:
                threading.Timer(0.4, lambda: call(WAKE, at, 1, 1, U32 | PRIVATE)).start()
            r = call(WAIT, at, 5, 1, U32 | PRIVATE, 0, 0)
        else:
            r = call(WAIT, at, 5, 1, U32 | PRIVATE, until(timeout), 1)
        print("handler", restarts, timeout, name(r))

# Signals with a value, to a thread.
TGSIGQUEUE = 297
SIG = signal.SIGRTMIN + 2
pid = os.getpid()


def info(sig=SIG, code=-1, value=0):
    return struct.pack("iii4xiiQ96x", sig, 0, code, pid, os.getuid(), value)


print("tgsigqueue", [name(call(TGSIGQUEUE, *a)) for a in (
    (pid, pid, SIG, 8), (0, pid, SIG, info()), (pid, 0, SIG, info()), (pid, -1, SIG, info()), (pid, pid, 65, info()),
    (pid, 1 << 30, SIG, info()), (pid, pid, 0, info()), (1 << 30, pid, 0, info(code=0)), (1, 1, 0, info(code=0)))])
signal.pthread_sigmask(signal.SIG_BLOCK, {SIG})
got = []


def taker(ready):
    got.append(threading.get_native_id())
    ready.set()
    buf = ctypes.create_string_buffer(128)
    r = call(128, struct.pack("Q", 1 << (SIG - 1)), buf, struct.pack("qq", 20, 0), 8)
    _, _, code, who, _, value = struct.unpack_from("iii4xiiQ", buf)
    got.append((r == SIG, code, who == pid, value))


ready = threading.Event()
thread = threading.Thread(target=taker, args=(ready,))
thread.start()
ready.wait()
print("queued", call(TGSIGQUEUE, pid, got[0], SIG, info(value=1 << 40 | 7)))
thread.join()
print(got[1:], signal.sigtimedwait({SIG}, 0))

# Groups and sessions.
print("ids", os.getpgid(0) == os.getpgid(pid) == os.getpgrp(), os.getsid(0) == os.getsid(pid))
child = os.fork()
if not child:
    os.setsid()
    os.kill(os.getpid(), signal.SIGSTOP)
    os._exit(0)
os.waitpid(child, os.WUNTRACED)
print("leader", os.getpgid(child) == child == os.getsid(child))
os.kill(child, signal.SIGCONT)
os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
print("zombie", os.getpgid(child) == child == os.getsid(child))
os.waitpid(child, 0)
print("gone", name(call(121, child)), name(call(124, child)), name(call(121, -1)), flush=True)

# Orphans go to who asked for them: those that there are already, too.
SET, GET = 36, 37


def subreaper():
    i = ctypes.c_int(-1)
    libc.prctl(GET, ctypes.byref(i), 0, 0, 0)
    return i.value


def family(before):
    """A grandchild whose parent exits, made before or after."""
    rfd, wfd = os.pipe()
    go, gone = os.pipe()
    middle = os.fork()
    if not middle:
        os.close(gone)
        print("a child is none", subreaper(), flush=True)
        if not os.fork():
            os.close(wfd)
            os.read(rfd, 1)
            os._exit(40 + (os.getppid() == pid))
        os.read(go, 1)
        os._exit(0)
    os.close(rfd)
    os.close(go)
    if before:
        time.sleep(0.3)
        libc.prctl(SET, 1, 0, 0, 0)
    os.close(gone)
    os.waitpid(middle, 0)
    os.close(wfd)
    return os.waitstatus_to_exitcode(os.wait()[1])


# Not in the first process of the box, whose they are anyway.
child = os.fork()
if not child:
    pid = os.getpid()
    print("subreaper", subreaper(), flush=True)
    print("grandchild", family(True), subreaper(), flush=True)
    print("grandchild", family(False), subreaper(), flush=True)
    print("off", libc.prctl(SET, 0, 0, 0, 0), subreaper(), flush=True)
    os._exit(0)
os.waitpid(child, 0)

# File systems.
with open("/proc/filesystems", encoding="ascii") as f:
    known = [line.split("\t")[1].strip() for line in f]
buf = ctypes.create_string_buffer(64)
print("sysfs", call(139, 3) == len(known))
for fs in "proc", "tmpfs":
    index = call(139, 1, fs.encode())
    print(fs, known[index] == fs, call(139, 2, index, buf), buf.value)
print("sysfs", [name(call(139, *a)) for a in (
    (0,), (4,), (1, 8), (1, b""), (1, b"no-such"), (1, b"x" * 5000), (2, 10000, buf), (2, 0, 8))])
for path in "/proc", "/dev/shm":
    dev = os.stat(path).st_dev
    print("ustat", path, call(136, dev, buf), name(call(136, dev, 8)), buf.raw[16:28])
print("ustat", name(call(136, 0xfffff, 8)))

# Security modules: capabilities are always among them.
ids = (ctypes.c_uint64 * 32)()
size = ctypes.c_uint32(4)
print("lsm", name(call(461, ids, ctypes.byref(size), 0)), size.value >= 8, size.value % 8)
size.value = 256
n = call(461, ids, ctypes.byref(size), 0)
print("lsm", n >= 1, size.value == n * 8, 100 in ids[:n])
print("lsm", name(call(461, ids, ctypes.byref(size), 1)), name(call(461, ids, 8, 0)))
print("lsm attributes", [name(call(459, *a)) for a in (
    (0, 0, 8, 0), (100, 0, 0, 0), (100, 0, 8, 0), (100, 0, ctypes.byref(size), 1), (100, 8, ctypes.byref(size), 1))])
print("lsm attributes", [name(call(460, *a)) for a in (
    (100, 8, 32, 1), (100, 8, 31, 0), (100, 8, 4097, 0), (100, 8, 32, 0), (100, struct.pack("4Q", 0, 0, 40, 0), 32, 0),
    (100, struct.pack("4Q", 0, 0, 31, 0), 32, 0), (100, struct.pack("4Q", 0, 0, 32, 1), 32, 0))])

# What is cached of a file.
CACHESTAT = 451


def cached(fd, off, length):
    out = ctypes.create_string_buffer(40)
    r = call(CACHESTAT, fd, struct.pack("QQ", off, length), out, 0)
    return name(r) if r else struct.unpack("5Q", out.raw)


fd = os.memfd_create("cached")
print("cachestat", cached(fd, 0, 0))
os.pwrite(fd, bytes(8192), 0)
os.pwrite(fd, b"x", 10 * 4096)
print("cachestat", [cached(fd, *r) for r in ((0, 0), (4095, 1), (4095, 2), (8192, 4096), (8192, 0), (1 << 63, 0))])
print("cachestat", [name(call(CACHESTAT, *a)) for a in (
    (fd, 8, buf, 1), (fd, bytes(16), buf, 1), (fd, bytes(16), 8, 0), (99, 8, 8, 1))])
print("cachestat", cached(os.open("/", os.O_RDONLY), 0, 0), cached(os.open("/", os.O_PATH), 0, 0), cached(os.pipe()[0], 0, 0))

# Memory's home.
HOME = 450
page = mmap.mmap(-1, 8192)
addr = ctypes.addressof(ctypes.c_char.from_buffer(page))
print("home node", name(call(237, addr, 8192, 2, struct.pack("Q", 1), 64, 0)), name(call(HOME, addr, 8192, 0, 0)))
print("home node", [name(call(HOME, *a)) for a in (
    (addr + 1, 8192, 0, 0), (addr, 8192, 1, 0), (addr, 8192, 5000, 0), (addr, 8192, 0, 1), (addr, 0, 0, 0),
    (addr, -8192, 0, 0), (4096, 4096, 0, 0))])

# Memory of who is killed.
MRELEASE = 448
child = os.fork()
if not child:
    while True:
        signal.pause()
pidfd = os.pidfd_open(child)
print("mrelease", [name(call(MRELEASE, *a)) for a in ((pidfd, 1), (0, 0), (99, 0), (pidfd, 0))])
os.kill(child, signal.SIGKILL)
print("mrelease", name(call(MRELEASE, pidfd, 0)) in (0, "EAGAIN", "ESRCH"))
os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
print("mrelease", name(call(MRELEASE, pidfd, 0)))
os.waitpid(child, 0)
print("mrelease", name(call(MRELEASE, pidfd, 0)))
