#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Calls on files that no other program here makes: splice, inotify and their kin."""
import ctypes
import errno
import os
import struct

libc = ctypes.CDLL(None, use_errno=True)


def call(name, *args):
    """The result, or the name of the errno."""
    r = getattr(libc, name)(*args)
    return r if r >= 0 else errno.errorcode[ctypes.get_errno()]


def pipes():
    a, b = os.pipe(), os.pipe()
    fd = os.open("data", os.O_CREAT | os.O_RDWR)
    os.write(fd, bytes(range(256)) * 100)
    print("splice in", os.splice(fd, a[1], 10000, offset_src=100))
    print("tee", call("tee", a[0], b[1], 5000, 0))
    print("splice out", os.splice(a[0], fd, 7000, offset_dst=20000), os.fstat(fd).st_size)
    print("splice over", os.splice(a[0], b[1], 70000))
    print("sendfile", os.sendfile(b[1], fd, 3, 5000))
    data = os.read(b[0], 100000)
    print("read", len(data), sum(data))
    buf = ctypes.create_string_buffer(b"from memory")
    vec = struct.pack("QQ", ctypes.addressof(buf), 11)
    print("vmsplice", call("vmsplice", a[1], vec, 1, 0), os.read(a[0], 100))
    print("copy_file_range", os.copy_file_range(fd, fd, 100, 0, 26000), os.fstat(fd).st_size)
    for fds in a, b, [fd]:
        for f in fds:
            os.close(f)


def renames():
    os.mkdir("from")
    os.mkdir("to")
    for name in ("from/a", "to/b"):
        with open(name, "w") as f:
            f.write(name)

    def rename(old, new, flags):
        print("renameat2", old, new, flags, call("renameat2", -100, old.encode(), -100, new.encode(), flags))
        for name in "from", "to", "gone":
            print(" ", name, sorted(os.listdir(name)) if os.path.isdir(name) else os.path.lexists(name))

    for flags in (1, 2, 3, 6, 8, 4):
        rename("from/a", "to/b", flags)
    st = os.stat("from/a")
    print("left", oct(st.st_mode), st.st_rdev, st.st_nlink, open("to/b").read())
    rename("to/b", "from/a", 4)
    rename("from", "gone", 4)
    st = os.stat("from")
    print("left", oct(st.st_mode), os.stat(".").st_nlink, call("renameat2", -100, b"none", -100, b"x", 4))
    for name in ("gone/a", "to/b", "from"):
        os.unlink(name)
    os.rmdir("gone")
    os.rmdir("to")


def events(fd):
    try:
        buf = os.read(fd, 65536)
    except BlockingIOError:
        print("  nothing")
        return
    at, cookies = 0, []
    while at < len(buf):
        wd, mask, cookie, size = struct.unpack_from("iIII", buf, at)
        name = buf[at + 16:at + 16 + size].rstrip(b"\0").decode()
        if cookie and cookie not in cookies:
            cookies.append(cookie)
        print(f"  {wd} {mask:08x} {cookies.index(cookie) + 1 if cookie else 0} {name}")
        at += 16 + size


def watching():
    fd = libc.inotify_init1(os.O_NONBLOCK)
    print("watch", call("inotify_add_watch", fd, b".", 0xfff), call("inotify_add_watch", fd, b"data", 0xfff))
    with open("data", "r+b") as f:
        f.write(b"x")
    events(fd)
    os.mkdir("dir")
    os.rename("data", "dir/data")
    os.chmod("dir/data", 0o600)
    os.truncate("dir/data", 5)
    events(fd)
    os.rename("dir/data", "back")
    os.link("back", "other")
    os.unlink("back")
    os.rmdir("dir")
    os.unlink("other")
    events(fd)
    print("again", call("inotify_add_watch", fd, b"gone", 1), call("inotify_rm_watch", fd, 2))
    # A file of the lower layer, in a box.
    print("lower", call("inotify_add_watch", fd, b"/etc/debian_version", 0xfff))
    with open("/etc/debian_version", "rb") as f:
        f.read()
    events(fd)
    os.close(fd)


pipes()
renames()
watching()
