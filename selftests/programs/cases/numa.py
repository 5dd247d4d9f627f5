#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Memory policies on a machine with one node."""
import ctypes
import errno
import itertools
import mmap

libc = ctypes.CDLL(None, use_errno=True)
NR = {"mbind": 237, "set_mempolicy": 238, "get_mempolicy": 239, "migrate_pages": 256, "move_pages": 279}


def call(name, *args):
    r = libc.syscall(NR[name], *(ctypes.c_void_p(a) if isinstance(a, int) else a for a in args))
    return r if r >= 0 else errno.errorcode[ctypes.get_errno()]


def mask(*words):
    return ctypes.byref((ctypes.c_ulong * len(words))(*words))


def policy(flags=0, addr=0, bits=65):
    mode, nodes = ctypes.c_int(-1), (ctypes.c_ulong * 20)(*[5] * 20)
    r = call("get_mempolicy", ctypes.byref(mode), ctypes.byref(nodes), bits, addr, flags)
    return r, mode.value, nodes[0], nodes[1]


print("default", policy(), policy(4), policy(5), policy(8), policy(1), policy(0, 4096))
for mode, flags, nodes in itertools.product(range(8), (0, 1 << 15, 1 << 14, 3 << 14, 1 << 13), (0, 1, 2, 3)):
    print(mode, flags, nodes, call("set_mempolicy", mode | flags, mask(nodes), 65), end="; ")
    if not flags >> 14:
        print(policy()[1:3])
call("set_mempolicy", 0, 0, 0)
print("long masks", call("set_mempolicy", 2, mask(1, *[0] * 29), 1800), call("set_mempolicy", 2, mask(1), 1 << 20),
      call("set_mempolicy", 0, 0, 0), call("set_mempolicy", 2, 8, 65))
area = mmap.mmap(-1, 16384)
area[:] = b"x" * 16384
at = ctypes.addressof(ctypes.c_char.from_buffer(area))
for args in ((at, 16384, 2, mask(1), 65, 0), (at + 1, 4096, 2, mask(1), 65, 0), (at, 4096, 2, mask(2), 65, 0),
             (at, 4096, 0, 0, 0, 0), (at, 4096, 0, 0, 0, 8), (at, 0, 2, mask(1), 65, 0), (4096, 4096, 2, mask(1), 65, 0)):
    print("mbind", call("mbind", *args))
pages, status = (ctypes.c_ulong * 2)(at, 4096), (ctypes.c_int * 2)(9, 9)
print("move_pages", call("move_pages", 0, 2, ctypes.byref(pages), 0, ctypes.byref(status), 2), *status)
print("move_pages", call("move_pages", 0, 1, ctypes.byref(pages), mask(1), ctypes.byref(status), 2),
      call("move_pages", 0, 1, ctypes.byref(pages), 0, ctypes.byref(status), 8),
      call("move_pages", 999999, 1, ctypes.byref(pages), 0, ctypes.byref(status), 2))
print("migrate_pages", call("migrate_pages", 0, 65, mask(1), mask(1)), call("migrate_pages", 999999, 65, mask(1), mask(1)),
      call("migrate_pages", 0, 65, 8, mask(1)))
