#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Timers, signals that are read, AIO, futexes: what waits, and what wakes it."""
import ctypes
import errno
import mmap
import os
import select
import signal
import struct
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.append(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
from calls import call, name  # noqa: E402

NS = 1000000000


def spec(value, interval=0):
    return struct.pack("4q", *divmod(int(interval * NS), NS), *divmod(int(value * NS), NS))


def timed(least, most, *what):
    """What the last of them gives. They all take the time: it passes from the first on."""
    begin = time.monotonic()
    r = [w() for w in what][-1]
    took = time.monotonic() - begin
    return r, "in time" if least <= took < most else f"took {took}"


# timerfd under poll, and edge-triggered under epoll.
TIMERFD_CREATE, TIMERFD_SETTIME = 283, 286
fd = call(TIMERFD_CREATE, 1, os.O_NONBLOCK)
ep = select.epoll()
ep.register(fd, select.EPOLLIN | select.EPOLLET)
print("expired", timed(0.04, 5, lambda: call(TIMERFD_SETTIME, fd, 0, spec(0.05, 0.05), 0), lambda: len(ep.poll(5))))
print("no second edge", ep.poll(0.2))
print("ticks", int.from_bytes(os.read(fd, 8), "little") >= 3)
print("an edge after the read", timed(0, 5, lambda: len(ep.poll(5))))
outer = select.epoll()
outer.register(ep.fileno(), select.EPOLLIN)
os.read(fd, 8)
print("seen through another epoll", timed(0, 5, lambda: len(outer.poll(5))))
outer.close()
ep.close()
os.close(fd)
for clock in 0, 7:
    fd = call(TIMERFD_CREATE, clock, 0)
    print("clock", clock, timed(0.04, 5, lambda: call(TIMERFD_SETTIME, fd, 0, spec(0.05), 0), lambda: os.read(fd, 8)))
    print("absolute", clock, timed(0.04, 5, lambda: call(
        TIMERFD_SETTIME, fd, 1, spec(time.clock_gettime(clock) + 0.05), 0), lambda: os.read(fd, 8)))
    os.close(fd)

# POSIX timers.
TIMER_CREATE, TIMER_SETTIME, TIMER_GETOVERRUN, TIMER_DELETE = 222, 223, 225, 226
SIG = signal.SIGRTMIN + 3


def timer(notify, value=0, tid=0, clock=1):
    ident = ctypes.c_int(-1)
    r = call(TIMER_CREATE, clock, struct.pack("Qiii44x", value, SIG, notify, tid), ctypes.byref(ident))
    return ident.value if r == 0 else r


def taken(timeout=5.0):
    """The number of the signal, or an errno; what else it says."""
    buf = ctypes.create_string_buffer(128)
    ts = struct.pack("qq", *divmod(int(timeout * NS), NS))
    return call(128, struct.pack("Q", 1 << (SIG - 1)), buf, ts, 8), buf


def siginfo(timeout=5.0):
    _, buf = taken(timeout)
    _, _, code, tid, overrun, sival = struct.unpack_from("iii4xiiQ", buf)
    return code, tid, overrun, sival


signal.pthread_sigmask(signal.SIG_BLOCK, {SIG})
one = timer(0, 1234567890123)
(code, tid, overrun, value), when = timed(0.02, 5, lambda: call(TIMER_SETTIME, one, 0, spec(0.03), 0), siginfo)
print("signal", code, tid == one, overrun, value, when)
call(TIMER_SETTIME, one, 0, spec(0.02, 0.02), 0)
time.sleep(0.3)
code, tid, overrun, value = siginfo()
print("overrun", code, overrun >= 5, overrun < 200, call(TIMER_GETOVERRUN, one) >= 0)
print("again", timed(0, 5, siginfo)[1])
# A period that no one could keep up with.
call(TIMER_SETTIME, one, 0, spec(0.001, 0.000001), 0)
time.sleep(0.1)
print("many overruns", siginfo()[2] > 10000)
call(TIMER_SETTIME, one, 0, spec(0), 0)
siginfo(0)
two = timer(0, 2)
for which in one, two:
    call(TIMER_SETTIME, which, 0, spec(0.02), 0)
time.sleep(0.1)
print("each its own", sorted(siginfo()[3] for _ in range(2)))
call(TIMER_DELETE, two)
print("deleted", name(call(TIMER_DELETE, two)))
signal.pthread_sigmask(signal.SIG_UNBLOCK, {SIG})
caught = []
signal.signal(SIG, lambda sig, frame: caught.append(sig))
call(TIMER_SETTIME, one, 0, spec(0.03), 0)
time.sleep(0.2)
print("handler", len(caught))
# To a thread of several.
signal.pthread_sigmask(signal.SIG_BLOCK, {SIG})
got = []


def waiter(ready):
    mine = timer(4, 77, threading.get_native_id())
    ready.set()
    call(TIMER_SETTIME, mine, 0, spec(0.03), 0)
    got.append(siginfo()[3])


ready = threading.Event()
thread = threading.Thread(target=waiter, args=(ready,))
thread.start()
thread.join()
print("thread", got)
# To a process all of whose threads block it: whoever asks, also later.
stop = threading.Event()
thread = threading.Thread(target=lambda: (time.sleep(0.2), got.append(taken()[0] == SIG), stop.set()))
thread.start()
call(TIMER_SETTIME, one, 0, spec(0.03), 0)
stop.wait()
thread.join()
print("process", got)
pid = os.fork()
if not pid:
    os._exit(-call(TIMER_GETOVERRUN, one))
print("not in a child", errno.errorcode[os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])])
call(TIMER_DELETE, one)

# signalfd.
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGCHLD})
mask = 1 << (signal.SIGUSR1 - 1) | 1 << (signal.SIGCHLD - 1)
fd = call(289, -1, struct.pack("Q", mask), 8, 0)
poll = select.poll()
poll.register(fd, select.POLLIN)
print("nothing", poll.poll(0))
pid = os.fork()
if not pid:
    time.sleep(0.05)
    os.kill(os.getppid(), signal.SIGUSR1)
    os._exit(7)
seen = {}
while len(seen) < 2:
    poll.poll()
    info = struct.unpack_from("IiiIIiIIIIi", os.read(fd, 128))
    seen[info[0]] = info
print("usr1", seen[signal.SIGUSR1][2], seen[signal.SIGUSR1][3] == pid)
print("child", seen[signal.SIGCHLD][2], seen[signal.SIGCHLD][3] == pid, seen[signal.SIGCHLD][10])
os.waitpid(pid, 0)
ep = select.epoll()
ep.register(fd, select.EPOLLIN)
later = threading.Timer(0.05, lambda: os.kill(os.getpid(), signal.SIGUSR1))
print("epoll", timed(0.03, 5, later.start, lambda: len(ep.poll(5))))
os.read(fd, 128)
os.close(fd)

# nanosleep is interrupted, and tells what is left.
signal.signal(signal.SIGALRM, lambda sig, frame: None)
left = ctypes.create_string_buffer(16)
print("nanosleep", timed(0.03, 1, lambda: signal.setitimer(signal.ITIMER_REAL, 0.05),
                         lambda: name(call(35, struct.pack("qq", 2, 0), left))))
print("left", 1 <= struct.unpack("qq", left.raw)[0] < 2)
print("nanosleep", timed(0.04, 2, lambda: name(call(35, struct.pack("qq", 0, 50000000), left))))
print("nanosleep", name(call(35, struct.pack("qq", 0, NS), left)), name(call(35, 8, left)))

# pkey_mprotect without a key; futex_waitv.
page = mmap.mmap(-1, 4096)
at = ctypes.addressof(ctypes.c_char.from_buffer(page))
print("pkey", name(call(329, at, 4096, 1, -1)), name(call(329, at, 4096, 3, -1)), name(call(329, at + 1, 4096, 3, -1)))
page[0] = 1
words = (ctypes.c_uint32 * 2)(5, 6)


def waitv(values, timeout):
    waiters = b"".join(struct.pack("QQII", values[i], ctypes.addressof(words) + 4 * i, 2 | 128, 0) for i in range(2))
    ts = struct.pack("qq", *divmod(int((time.monotonic() + timeout) * NS), NS))
    return name(call(449, waiters, 2, 0, ts, 1))


print("futex_waitv", waitv((5, 7), 1), timed(0.04, 1, lambda: waitv((5, 6), 0.05)))
later = threading.Timer(0.05, lambda: call(202, ctypes.addressof(words) + 4, 1 | 128, 1))
print("futex_waitv", timed(0.03, 5, later.start, lambda: waitv((5, 6), 5)))

# AIO on a file, with its eventfd.
IO_SETUP, IO_DESTROY, IO_GETEVENTS, IO_SUBMIT = 206, 207, 208, 209
ctx = ctypes.c_ulong(0)
print("io_setup", name(call(IO_SETUP, 0, ctypes.byref(ctx))), name(call(IO_SETUP, 8, ctypes.byref(ctx))))
print("io_setup", name(call(IO_SETUP, 8, ctypes.byref(ctx))))
file = os.open("data", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
event = os.eventfd(0)
data = ctypes.create_string_buffer(b"some bytes of data")
back = ctypes.create_string_buffer(32)


def iocb(op, buf, size, off, tag, flags=1, where=file):
    return ctypes.create_string_buffer(struct.pack("QIiHhIQQqQII", tag, 9, 0, op, 0, where,
                                       buf if isinstance(buf, int) else ctypes.addressof(buf), size, off, 0, flags, event), 64)


def submit(*cbs):
    array = (ctypes.c_void_p * len(cbs))(*[ctypes.addressof(c) for c in cbs])
    return name(call(IO_SUBMIT, ctx.value, len(cbs), array))


def events(least, most):
    buf = ctypes.create_string_buffer(32 * most)
    n = call(IO_GETEVENTS, ctx.value, least, most, buf, struct.pack("qq", 1, 0))
    if n < 0:
        return name(n)
    return [(tag, name(res), res2) for tag, _, res, res2 in (struct.unpack_from("QQqq", buf, 32 * i) for i in range(n))]


print("write", submit(iocb(1, data, 18, 0, 1)), events(1, 4))
print("read", submit(iocb(0, back, 32, 5, 2), iocb(3, 0, 0, 0, 3)), sorted(events(2, 4)), back.value)
print("eventfd", os.eventfd_read(event))
print("errors", submit(iocb(0, back, 32, 0, 4, where=999)), submit(iocb(77, back, 32, 0, 5)), submit(iocb(0, back, 1, -1, 6)))
rfd, wfd = os.pipe()
print("pipe", submit(iocb(1, data, 4, 0, 7, 0, wfd), iocb(0, back, 4, 0, 8, 0, rfd)), sorted(events(2, 4)))


def polled(least, most):
    """Tags and events, of those that were asked for: Linux may tell of more."""
    got = events(least, most)
    return got if isinstance(got, str) else sorted((tag, res & 0x1d) for tag, res, _ in got)


IO_CANCEL = 210
first, second = (iocb(5, select.POLLIN, 0, 0, tag, 0, rfd) for tag in (9, 10))
print("polls wait", submit(first, second), timed(0.9, 5, lambda: events(1, 1)))
print("one is called off", name(call(IO_CANCEL, ctx.value, ctypes.byref(first), 0)), events(1, 1),
      name(call(IO_CANCEL, ctx.value, ctypes.byref(first), 0)))
later = threading.Timer(0.1, os.write, (wfd, b"x"))
later.start()
print("the other is told", polled(1, 2))
later.join()
print("ready at once", submit(first), polled(1, 2), os.read(rfd, 9))
print("polls of nonsense", submit(iocb(5, 0, 1, 0, 11, 0, rfd)), submit(iocb(5, 0, 0, 1, 12, 0, rfd)),
      submit(iocb(5, 0x10000, 0, 0, 13, 0, rfd)))
print("its end", submit(first), os.close(wfd), polled(1, 2))
print("none", timed(0.9, 5, lambda: events(1, 1)))
print("io_destroy", name(call(IO_DESTROY, ctx.value)), name(call(IO_DESTROY, ctx.value)), events(0, 1))
