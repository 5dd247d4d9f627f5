#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Who may signal whom, by each of the calls, to one process and to several."""
import ctypes
import os
import resource
import signal
import struct
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.append(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
from calls import call, name  # noqa: E402

EXIT, KILL, SIGQUEUE, TKILL, TGKILL, TGSIGQUEUE, PIDFD_SIGNAL = 60, 62, 129, 200, 234, 297, 424
SIGNALS = (0, signal.SIGUSR1, signal.SIGCONT, 64, 65, -1)
SI_QUEUE, SI_USER, SI_TKILL = -1, 0, -6


def info(sig, code=SI_QUEUE):
    return ctypes.create_string_buffer(struct.pack("iiiiiiq", sig, 0, code, 0, os.getpid(), os.getuid(), 7), 128)


def raw(nr, *args):
    return name(call(nr, *args))


def ways(pid, sig):
    """Each call that sends one process a signal."""
    return (raw(KILL, pid, sig), raw(TKILL, pid, sig), raw(TGKILL, pid, pid, sig),
            raw(SIGQUEUE, pid, sig, info(sig)), raw(TGSIGQUEUE, pid, pid, sig, info(sig)))


def ignore():
    for sig in SIGNALS:
        if 0 < sig < 65:
            signal.signal(sig, signal.SIG_IGN)


def child(prepare=lambda: None, then=signal.pause):
    """One that prepares itself before its parent goes on."""
    r, w = os.pipe()
    pid = os.fork()
    if not pid:
        ignore()
        prepare()
        os.write(w, b"x")
        while True:
            then()
    os.close(w)
    os.read(r, 1)
    os.close(r)
    return pid


def end(pid):
    os.kill(pid, signal.SIGKILL)
    return os.waitpid(pid, 0)[1]


def another(what, *args, uid=1000):
    """What another process does, of another user."""
    sys.stdout.flush()
    pid = os.fork()
    if not pid:
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)
        what(*args)
        sys.stdout.flush()
        os._exit(0)
    if os.waitpid(pid, 0)[1]:
        sys.exit("failed")


def try_each(pid):
    for sig in SIGNALS:
        print(sig, *ways(pid, sig))


another(lambda: None)  # Who can't become another user fails here, at once.
print("# of the same user, of another one in the session, of another one elsewhere")
root, apart = child(), child(os.setsid)
try_each(root)
another(try_each, root)
another(try_each, apart)
another(lambda: (ignore(), try_each(os.getpid())))


def of_own():
    pid = child()
    try_each(pid)
    print(os.WTERMSIG(end(pid)), *ways(pid, 0))


another(of_own)

print("# errors and their order")


def errors():
    for nr, args in ((SIGQUEUE, (root, 0)), (TGSIGQUEUE, (root, root, 0)), (SIGQUEUE, (os.getpid(), 0)),
                     (TGSIGQUEUE, (os.getpid(), os.getpid(), 0))):
        print(raw(nr, *args, None), raw(nr, *args, 8), *(raw(nr, *args, info(0, code)) for code in (SI_USER, SI_TKILL, 128, -60)))
    for pid in (2**31 - 1, -2**31, -2**31 + 1, 4194304, 0, -1):
        print(pid, raw(TKILL, pid, 0), raw(TGKILL, pid, root, 0), raw(TGKILL, root, pid, 0), raw(SIGQUEUE, pid, 0, info(0)),
              raw(TGSIGQUEUE, pid, root, 0, info(0)), raw(TGSIGQUEUE, root, pid, 0, info(0)))
    for pid in (2**31 - 1, -2**31, -2**31 + 1, -4194304, 4194304):
        print(pid, raw(KILL, pid, 0), raw(KILL, pid, 65))
    print(raw(TGKILL, os.getpid(), root, 0), raw(TGKILL, root, os.getpid(), 0), raw(TGKILL, root, apart, 0), raw(TGSIGQUEUE, os.getpid(), root, 0, info(0)))
    print(raw(KILL, -1, 0), raw(KILL, -1, 65), raw(KILL, 1, 0), raw(KILL, 1, 65))


errors()
another(errors)
another(lambda: print(raw(KILL, 1, signal.SIGTERM)))

print("# which of the ids count")
IDS = [(r, e, s) for r in (0, 1000) for e in (0, 1000) for s in (0, 1000)] + [(1001, 1001, 1001), (1000, 1001, 1001), (1001, 1001, 1000)]
for ids in IDS:
    pid = child(lambda: os.setresuid(*ids))  # noqa: B023
    results = []
    for mine in IDS:
        r, w = os.pipe()
        asker = os.fork()
        if not asker:
            os.setresuid(*mine)
            os.write(w, str(raw(KILL, pid, 0)).encode())
            os._exit(0)
        os.waitpid(asker, 0)
        results.append(os.read(r, 20).decode())
        os.close(r)
        os.close(w)
    print(ids, *results)
    end(pid)

print("# several at once")


def user():
    os.setresuid(1000, 1000, 1000)


def group(*members):
    """Processes of one group, the first of which leads it."""
    pids = []
    for prepare in members:
        pids.append(child(lambda: (os.setpgid(0, pids[0] if pids else 0), prepare())))  # noqa: B023
    return pids


def ended(pid, most=10):
    """Whether it has ended, which happens soon or not at all."""
    until = time.monotonic() + most
    while time.monotonic() < until:
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            return True
        time.sleep(0.01)
    return False


mine, others, mixed = group(user, user), group(os.getpid, os.getpid), group(os.getpid, user, os.getpid, user)
for pids in (others, mixed, mine):
    another(lambda: print(raw(KILL, -pids[0], 0), raw(KILL, -pids[0], 65), raw(KILL, -pids[0], signal.SIGTERM)))  # noqa: B023
    print(*(ended(pid, 10 if pid in mine or pid in (mixed[1], mixed[3]) else 0.1) for pid in pids))
another(lambda: print(raw(KILL, -mine[0], 0)))
print(raw(KILL, -mixed[0], signal.SIGTERM), *(ended(pid) for pid in mixed))
for pid in others:
    os.kill(pid, signal.SIGKILL)
for pid in mine + mixed + others:
    os.waitpid(pid, 0)
print(raw(KILL, -mine[0], 0), raw(KILL, -mine[0], 65))


def own_group():
    os.setpgid(0, 0)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    pids = [child(lambda: signal.signal(signal.SIGTERM, signal.SIG_DFL)) for _ in range(3)]
    print(raw(KILL, 0, 0), raw(KILL, 0, 65), raw(KILL, 0, signal.SIGTERM))
    print(*(os.WTERMSIG(os.waitpid(pid, 0)[1]) for pid in pids))


another(own_group, uid=0)
another(own_group)

print("# what it says", flush=True)


def told():
    """By each call, and in a box by kill(2) not of which user."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    pid = os.fork()
    if not pid:
        for nr in (TKILL, TGKILL, SIGQUEUE, TGSIGQUEUE, KILL):
            got = signal.sigwaitinfo([signal.SIGUSR1])
            print(got.si_signo, got.si_code, got.si_pid == os.getppid(), nr == KILL or got.si_uid, flush=True)
            os.kill(os.getpid(), signal.SIGSTOP)
        os._exit(0)
    for nr, args in ((TKILL, (pid, signal.SIGUSR1)), (TGKILL, (pid, pid, signal.SIGUSR1)),
                     (SIGQUEUE, (pid, signal.SIGUSR1, info(signal.SIGUSR1))),
                     (TGSIGQUEUE, (pid, pid, signal.SIGUSR1, info(signal.SIGUSR1))), (KILL, (pid, signal.SIGUSR1))):
        sent = raw(nr, *args)
        os.waitpid(pid, os.WUNTRACED)
        print(sent, flush=True)
        os.kill(pid, signal.SIGCONT)
    print(os.waitpid(pid, 0)[1])
    pid = child()
    for code in (SI_QUEUE, -7, -8, -60, -61, SI_TKILL, SI_USER):
        plain, more = info(signal.SIGUSR1, code), info(signal.SIGUSR1, code)
        more[127] = b"x"
        print(code, *(raw(nr, *args, what) for what in (plain, more)
                      for nr, args in ((SIGQUEUE, (pid, signal.SIGUSR1)), (TGSIGQUEUE, (pid, pid, signal.SIGUSR1)))))
    end(pid)


another(told, uid=0)
another(told)

print("# one that has exited, and one of which the first thread has")
pid = child(then=lambda: os._exit(3))
print(ended(pid), *ways(pid, 0), *ways(pid, signal.SIGTERM), *ways(pid, 65), end(pid))


def orphan():
    """A process of which only the second thread is left, and what its user may do to it."""
    def alone():
        threading.Thread(target=signal.pause).start()
        os.write(w, b"x")
        call(EXIT, 0)

    r, w = os.pipe()
    pid = child(then=alone)
    os.read(r, 1)
    while "Z" not in open(f"/proc/{pid}/stat").read():
        time.sleep(0.01)
    print(*(raw(nr, pid, 0, info(0)) for nr in (KILL, SIGQUEUE)), resource.prlimit(pid, resource.RLIMIT_CPU)[0])
    print(raw(KILL, pid, signal.SIGTERM), os.WTERMSIG(os.waitpid(pid, 0)[1]))


orphan()
another(orphan)
for pid in (root, apart):
    print(os.WTERMSIG(end(pid)))
