#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Signals that tell of files and queues, and what they say: O_ASYNC, leases, mq_notify, F_NOTIFY."""
import ctypes
import fcntl
import os
import pty
import signal
import socket
import struct
import sys
import termios
import threading

sys.dont_write_bytecode = True
sys.path.append(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
from calls import call, name  # noqa: E402

SIG = signal.SIGRTMIN + 4
F_SETSIG, F_SETOWN_EX, F_GETOWN_EX, F_GETOWNER_UIDS = 10, 15, 16, 17
signal.pthread_sigmask(signal.SIG_BLOCK, {SIG, signal.SIGIO})


def taken(timeout=2.0):
    """The siginfo of the next signal, or an errno."""
    buf = ctypes.create_string_buffer(128)
    mask = struct.pack("Q", 1 << (SIG - 1) | 1 << (signal.SIGIO - 1))
    r = call(128, mask, buf, struct.pack("qq", int(timeout), int(timeout % 1 * 1e9)), 8)
    return buf if r > 0 else name(r)


def news(fd, timeout=2.0):
    """Signal, code and band of each that came, and whether its descriptor is @fd."""
    out = []
    buf = taken(timeout)
    while not isinstance(buf, str):
        signo, _, code = struct.unpack_from("3i", buf)
        band, about = struct.unpack_from("qi", buf, 16)
        out.append((signo, code, hex(band), about == fd) if signo == SIG else signo)
        buf = taken(0)
    return out


def tell(fd, sig=SIG, owner=None):
    fcntl.fcntl(fd, fcntl.F_SETOWN, os.getpid() if owner is None else owner)
    fcntl.fcntl(fd, F_SETSIG, sig)
    fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) | os.O_ASYNC)
    return fd


# Pipes.
r, w = os.pipe2(os.O_NONBLOCK)
tell(r)
os.write(w, b"x" * 10)
print("pipe written", news(r))
os.read(r, 5)
print("pipe read", news(r, 0))
tell(w)
os.read(r, 5)
print("pipe read by whom the writer waits for", news(w))
fcntl.fcntl(r, F_SETSIG, 0)
os.write(w, b"x")
print("without F_SETSIG", news(r))
fcntl.fcntl(r, F_SETSIG, SIG)
os.close(w)
print("pipe closed", news(r))
os.close(r)

# Sockets.
for kind in socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET:
    a, b = socket.socketpair(socket.AF_UNIX, kind)
    a.setblocking(False)
    tell(a.fileno())
    b.send(b"hello")
    print("socket", kind, "sent", news(a.fileno()))
    a.send(b"hello")
    b.recv(10)
    print("socket", kind, "received", news(a.fileno(), 0))
    b.close()
    print("socket", kind, "closed", news(a.fileno(), 0.2))
    a.close()

# A terminal.
master, slave = pty.openpty()
mode = termios.tcgetattr(slave)
mode[3] &= ~termios.ECHO
termios.tcsetattr(slave, termios.TCSANOW, mode)
tell(slave)
os.write(master, b"part")
print("terminal part", news(slave, 0.2))
os.write(master, b" line\n")
print("terminal line", news(slave), os.read(slave, 100))
os.close(master)
os.close(slave)

# Whom it reaches: a thread, a group, and not another user's process.
r, w = os.pipe()
tell(r)
print("to a thread", fcntl.fcntl(r, F_SETOWN_EX, struct.pack("ii", 0, threading.get_native_id())) and None,
      struct.unpack("ii", fcntl.fcntl(r, F_GETOWN_EX, bytes(8)))[0], os.write(w, b"x"), news(r))
gate, opened = os.pipe()
child = os.fork()
if not child:
    os.setpgid(0, 0)
    os.write(opened, b".")
    print("child of the group", news(r, 20), flush=True)
    os._exit(0)
os.read(gate, 1)
tell(r, owner=-child)
told = os.write(w, b"x"), call(72, r, fcntl.F_GETOWN) == -child
os.waitpid(child, 0)
print("to a group", *told)
print("whose owner is gone", fcntl.fcntl(r, fcntl.F_GETOWN), os.write(w, b"x"), news(r, 0.1))
uids = ctypes.create_string_buffer(8)
got = call(72, r, F_GETOWNER_UIDS, uids)
print("uids:", "not in this kernel" if name(got) == "EINVAL" else (got, struct.unpack("II", uids) == (os.getuid(), os.geteuid())))
tell(r)
child = os.fork()
if not child:
    # The owner that somebody sets counts, not who writes.
    os.setuid(65534)
    os.write(w, b"x")
    os._exit(0)
os.waitpid(child, 0)
print("written by another user", news(r))
child = os.fork()
if not child:
    os.setuid(65534)
    fcntl.fcntl(r, fcntl.F_SETOWN, os.getppid())
    os._exit(0)
os.waitpid(child, 0)
os.write(w, b"x")
print("set by another user", news(r, 0.1))

# With other threads: one that doesn't block it.
tell(r, owner=0)
seen = threading.Event()
signal.signal(SIG, lambda *_: seen.set())
thread = threading.Thread(target=lambda: (signal.pthread_sigmask(signal.SIG_UNBLOCK, {SIG}), seen.wait(20)))
thread.start()
tell(r)
os.write(w, b"x")
thread.join()
print("another thread took it", seen.is_set(), news(r, 0))

# A lease.
open("leased", "w").close()
fd = os.open("leased", os.O_RDONLY)
fcntl.fcntl(fd, F_SETSIG, SIG)
fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
try:
    os.open("leased", os.O_WRONLY | os.O_NONBLOCK)
except BlockingIOError:
    print("lease", news(fd))
os.close(fd)

# Message queues.
MQ_OPEN, MQ_UNLINK, MQ_TIMEDSEND, MQ_TIMEDRECEIVE, MQ_NOTIFY = 240, 241, 242, 243, 244
q = call(MQ_OPEN, b"north-signals", os.O_CREAT | os.O_RDWR, 0o600, struct.pack("8q", 0, 4, 64, 0, 0, 0, 0, 0))
print("notify", call(MQ_NOTIFY, q, struct.pack("Qii48x", 0x123456789a, SIG, 0)))
child = os.fork()
if not child:
    os._exit(0 if call(MQ_TIMEDSEND, q, b"news", 4, 0, 0) == 0 else 1)
print("sent", os.waitpid(child, 0)[1])
info = taken()
signo, _, code = struct.unpack_from("3i", info)
pid, uid, value = struct.unpack_from("iIQ", info, 16)
print("told", signo == SIG, code, pid == child, uid == os.getuid(), hex(value))
print("once", call(MQ_TIMEDRECEIVE, q, ctypes.create_string_buffer(64), 64, 0, 0),
      call(MQ_TIMEDSEND, q, b"more", 4, 0, 0), news(-1, 0.1))
print("unlinked", call(MQ_UNLINK, b"north-signals"))

# A directory, of which two processes ask for different things.
DN_CREATE, DN_DELETE, DN_RENAME, DN_ATTRIB, DN_MULTISHOT = 4, 8, 16, 32, -0x80000000
os.mkdir("watched")
fd = os.open("watched", os.O_RDONLY)
fcntl.fcntl(fd, F_SETSIG, SIG)
print("F_NOTIFY", fcntl.fcntl(fd, fcntl.F_NOTIFY, DN_CREATE | DN_MULTISHOT), call(72, fd, fcntl.F_GETOWN) == os.getpid())
open("watched/one", "w").close()
open("watched/two", "w").close()
os.unlink("watched/one")
print("created", news(fd))
print("once more", fcntl.fcntl(fd, fcntl.F_NOTIFY, DN_RENAME | DN_ATTRIB))
os.chmod("watched/two", 0o600)
print("attributes", news(fd))
os.rename("watched/two", "watched/three")
print("renamed", news(fd))
os.rename("watched/three", "elsewhere")
print("moved away", news(fd, 0.1))
child = os.fork()
if not child:
    # The child's closing is the child's.
    os.close(fd)
    os._exit(0)
os.waitpid(child, 0)
open("watched/one", "w").close()
print("created again", news(fd))
os.close(os.dup(fd))
os.unlink("watched/one")
open("watched/one", "w").close()
print("after a close", news(fd, 0.1))
print("a file", name(call(72, os.open("elsewhere", os.O_RDONLY), fcntl.F_NOTIFY, DN_CREATE)))
