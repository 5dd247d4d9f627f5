# SPDX-License-Identifier: GPL-2.0
"""Calls by their numbers, for the cases that make those which Python has no function for."""
import ctypes
import errno

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


def call(nr, *args):
    """The result, or the errno, negative."""
    args = [ctypes.c_long(a) if isinstance(a, int) else a for a in args]
    r = libc.syscall(ctypes.c_long(nr), *args)
    return -ctypes.get_errno() if r == -1 else r


def name(r):
    return errno.errorcode[-r] if r < 0 else r
