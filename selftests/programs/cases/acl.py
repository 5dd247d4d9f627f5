#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Access control lists: random ones, set, inherited and changed by chmod; who may what then."""
import errno
import os
import random
import struct

ACCESS, DEFAULT = "system.posix_acl_access", "system.posix_acl_default"
USER_OBJ, USER, GROUP_OBJ, GROUP, MASK, OTHER = 1, 2, 4, 8, 16, 32
NONE = 0xffffffff
random.seed(20)


def attempt(f, *args, **more):
    try:
        return f(*args, **more)
    except OSError as e:
        return errno.errorcode[e.errno]


def value(entries, version=2):
    return struct.pack("I", version) + b"".join(struct.pack("HHI", *e) for e in entries)


def shown(path, name):
    raw = attempt(os.getxattr, path, name)
    return raw if isinstance(raw, str) else [struct.unpack_from("HHI", raw, at) for at in range(4, len(raw), 8)]


def some_list():
    def perm():
        return random.randrange(8)
    users = [(USER, perm(), random.randrange(1, 5)) for _ in range(random.randrange(3))]
    groups = [(GROUP, perm(), random.randrange(1, 5)) for _ in range(random.randrange(3))]
    mask = [(MASK, perm(), NONE)] if users or groups or random.randrange(2) else []
    out = [(USER_OBJ, perm(), NONE), *users, (GROUP_OBJ, perm(), 7), *groups, *mask, (OTHER, perm(), NONE)]
    match random.randrange(6):
        case 0:
            random.shuffle(out)
        case 1:
            out.pop(random.randrange(len(out)))
    return out


def rights(path):
    told = []
    for uid in range(4):
        for gid in (0, 2, 3):
            os.setgroups([4] if uid == 3 else [])
            os.setresgid(-1, gid, -1)
            os.setresuid(-1, uid, -1)
            told.append(sum(bit for bit in (4, 2, 1) if os.access(path, bit, effective_ids=True)))
            os.setresuid(-1, 0, -1)
            os.setresgid(-1, 0, -1)
    return told


def look(path):
    print(" ", path, oct(os.stat(path).st_mode), shown(path, ACCESS), shown(path, DEFAULT), os.listxattr(path),
          rights(path))


os.chmod(".", 0o755)
os.umask(0o027)
for turn in range(40):
    new = some_list()
    os.mkdir("d", 0o755)
    open("d/f", "w").close()
    os.chown("d/f", random.randrange(3), random.randrange(3))
    print(turn, attempt(os.setxattr, "d/f", ACCESS, value(new)), attempt(os.setxattr, "d", DEFAULT, value(some_list())))
    look("d/f")
    os.chmod("d/f", random.randrange(0o10000))
    look("d/f")
    os.close(os.open("d/new", os.O_CREAT | os.O_WRONLY, random.randrange(0o1000)))
    os.mkdir("d/sub", random.randrange(0o1000))
    os.mkfifo("d/fifo", 0o666)
    for name in ("d", "d/new", "d/sub", "d/fifo"):
        look(name)
    print(attempt(os.removexattr, "d/f", ACCESS), attempt(os.removexattr, "d/new", "user.none"))
    look("d/f")
    for name in ("d/f", "d/new", "d/fifo"):
        os.unlink(name)
    os.rmdir("d/sub")
    os.rmdir("d")

open("f", "w").close()
for bad in (b"", b"abc", value([]), value([], 1), value([], 2) + b"x", value([(USER_OBJ, 7, NONE)]), value([(64, 7, 0)])):
    print(bad, attempt(os.setxattr, "f", ACCESS, bad), attempt(os.setxattr, "f", DEFAULT, bad))
print(attempt(os.setxattr, "f", ACCESS, value([(USER_OBJ, 7, NONE), (USER, 7, NONE), (GROUP_OBJ, 7, 0), (MASK, 7, 0), (OTHER, 7, 0)])))
os.symlink("f", "link")
print(attempt(os.setxattr, "link", ACCESS, value([]), follow_symlinks=False), attempt(os.getxattr, "link", ACCESS, follow_symlinks=False))
