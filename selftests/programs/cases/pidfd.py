#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Processes as descriptors, their memory, what they share."""
import ctypes, errno, os, select, signal, struct, sys, time

sys.dont_write_bytecode = True
sys.path.append(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
from calls import call, libc, name  # noqa: E402


def raw(nr, *args):
    return name(call(nr, *args))


def child(code):
    pid = os.fork()
    if not pid:
        try:
            os._exit(code())
        finally:
            os._exit(99)
    return pid


def readable(fd, ms):
    p = select.poll()
    p.register(fd, select.POLLIN)
    return [e for _, e in p.poll(ms)]


print("# open, wait")
r, w = os.pipe()
pid = child(lambda: len(os.read(r, 1)) + 4)
fd = os.pidfd_open(pid)
print(os.get_inheritable(fd), readable(fd, 0))
os.write(w, b"x")
print(readable(fd, 10000))
st = os.waitid(os.P_PIDFD, fd, os.WEXITED | os.WNOWAIT)
print(st.si_status, st.si_code, st.si_pid == pid)
st = os.waitid(os.P_PIDFD, fd, os.WEXITED)
print(st.si_status, st.si_pid == pid, readable(fd, 0) in ([1], [17]))
try:
    os.waitid(os.P_PIDFD, fd, os.WEXITED)
except OSError as e:
    print(e.errno == errno.ECHILD)
try:
    signal.pidfd_send_signal(fd, 0)
except OSError as e:
    print(e.errno == errno.ESRCH)

print("# signals")
pid = child(lambda: signal.pause() or 0)
fd = os.pidfd_open(pid)
signal.pidfd_send_signal(fd, signal.SIGTERM)
st = os.waitid(os.P_PIDFD, fd, os.WEXITED)
print(st.si_status == signal.SIGTERM, st.si_code == os.CLD_KILLED)
got = []
signal.signal(signal.SIGUSR1, lambda *a: got.append(a[0]))
me = os.pidfd_open(os.getpid())
signal.pidfd_send_signal(me, signal.SIGUSR1)
print(got == [signal.SIGUSR1])
print(raw(424, me, 99, 0, 0), raw(424, me, 0, 0, 64), raw(424, 0, 0, 0, 0))
# What it says of itself comes with it; who may say what.
def info(sig, code, pid=7):
    return ctypes.create_string_buffer(struct.pack("iiiiiiq", sig, 0, code, 0, pid, 8, 0x123456789a), 128)


signal.pthread_sigmask(signal.SIG_BLOCK, (10, 34, 35))
for sig, code, flags in ((10, -1, 0), (34, -1, 0), (35, -60, 0), (34, -1, 1), (10, 0, 0), (10, -6, 1), (34, 5, 0)):
    r = raw(424, me, sig, info(sig, code), flags)
    got = signal.sigwaitinfo((sig,)) if r == 0 else None
    print(r, got and (got.si_signo, got.si_code, got.si_pid, got.si_uid))
print(raw(424, me, 10, info(34, -1), 0), raw(424, me, 10, 8, 0), raw(424, me, 0, info(0, -1), 0))
r, w = os.pipe()
def waits():
    os.write(w, b"x")
    got = signal.sigwaitinfo((34,))
    return (got.si_code, got.si_pid) != (-1, 7)
pid = child(waits)
os.read(r, 1)
fd = os.pidfd_open(pid)
print([raw(424, fd, 34, info(34, code), 0) for code in (0, 5, -6, -1)], os.waitpid(pid, 0)[1])
# A directory of /proc names its process, too.
pid = child(lambda: time.sleep(60))
folders = [os.open(f"/proc/{n}", os.O_RDONLY) for n in (pid, f"{pid}/fd", f"{pid}/task/{pid}", f"{pid}/stat")]
folders += [os.open(n, how) for n, how in ((f"/proc/{pid}", os.O_PATH), ("/proc", 0), ("/", 0))]
print([raw(424, n, 0, 0, 0) for n in folders], raw(424, folders[0], 0, 0, 1), raw(438, folders[0], 0, 0))
signal.pidfd_send_signal(folders[0], signal.SIGTERM)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), raw(424, folders[0], 0, 0, 0))
print(raw(434, 0, 0), raw(434, 2 ** 22 - 1, 0), raw(434, os.getpid(), 1))

print("# a wait that a signal ends")
pid = child(lambda: time.sleep(30) or 0)
fd = os.pidfd_open(pid)


def alarm(*_):
    raise TimeoutError


signal.signal(signal.SIGALRM, alarm)
signal.setitimer(signal.ITIMER_REAL, 0.2)
try:
    os.waitid(os.P_PIDFD, fd, os.WEXITED)
except TimeoutError:
    print("interrupted")
os.kill(pid, signal.SIGKILL)
print(os.waitid(os.P_PIDFD, fd, os.WEXITED).si_status)

print("# a descriptor of another process")
r, w = os.pipe()


def holder():
    a, b = os.pipe()
    os.write(w, struct.pack("i", a))
    os.write(b, b"theirs")
    signal.pause()
    return 0


pid = child(holder)
theirs = struct.unpack("i", os.read(r, 4))[0]
time.sleep(0.2)
fd = os.pidfd_open(pid)
taken = raw(438, fd, theirs, 0)
print(os.read(taken, 10), os.get_inheritable(taken), raw(438, fd, 200, 0), raw(438, fd, theirs, 1))
kcmp = [raw(312, os.getpid(), pid, 0, 1, 1), raw(312, pid, pid, 1), raw(312, os.getpid(), pid, 1) in (1, 2),
        raw(312, pid, pid, 99), raw(312, pid, 2 ** 22 - 1, 1)]
print("kcmp:", kcmp if kcmp[0] != "ENOSYS" else "not in this kernel")

print("# its memory")
buf = ctypes.create_string_buffer(b"before")
pid2 = child(lambda: signal.pause() or 0)
time.sleep(0.1)
mine = ctypes.create_string_buffer(16)


def iov(b, n):
    return struct.pack("QQ", ctypes.addressof(b), n)


print(raw(310, pid2, iov(mine, 6), 1, iov(buf, 6), 1, 0), mine.value)
mine.value = b"after!"
print(raw(311, pid2, iov(mine, 6), 1, iov(buf, 6), 1, 0), buf.value)
mine.value = b"______"
print(raw(310, pid2, iov(mine, 6), 1, iov(buf, 6), 1, 0), mine.value)
print(raw(310, pid2, iov(mine, 6), 1, struct.pack("QQ", 16, 6), 1, 0), raw(310, 2 ** 22 - 1, iov(mine, 6), 1, iov(buf, 6), 1, 0),
      raw(310, pid2, iov(mine, 6), 1, iov(buf, 6), 1, 7))
for p in (pid, pid2):
    os.kill(p, signal.SIGKILL)
    os.waitpid(p, 0)

print("# from clone")
CLONE_PIDFD, SIGCHLD = 0x1000, 17
fdbox = ctypes.c_int(-1)
args = struct.pack("11Q", CLONE_PIDFD, ctypes.addressof(fdbox), 0, 0, SIGCHLD, 0, 0, 0, 0, 0, 0)
pid = libc.syscall(435, args, len(args))
if not pid:
    os._exit(11)
st = os.waitid(os.P_PIDFD, fdbox.value, os.WEXITED)
print(st.si_status, st.si_pid == pid)
print(open(f"/proc/self/fdinfo/{fdbox.value}").read().count("Pid:\t-1"))

print("# robust lists")
import threading
head, size = ctypes.c_void_p(), ctypes.c_size_t()


def robust(tid):
    head.value = size.value = 0
    r = libc.syscall(274, tid, ctypes.byref(head), ctypes.byref(size))
    return r, ctypes.get_errno() if r else 0, bool(head.value), size.value


print(robust(0), robust(os.getpid()), robust(2 ** 22 - 1))
t = threading.Thread(target=lambda: print(robust(threading.get_native_id()), robust(os.getpid())))
t.start()
t.join()
print(libc.syscall(274, 0, None, ctypes.byref(size)), ctypes.get_errno())
