#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# util-linux's mount and umount on file systems that anybody's root can make.
try() { "$@" >/dev/null 2>&1; echo "$*: $?"; }
mkdir a b c
try mount -t tmpfs -o mode=700,nosuid x a
stat -c '%a %F' a
touch a/f
findmnt --raw --noheadings --output FSTYPE,SOURCE "$PWD/a"
try mount --make-private a
try mount --bind a b
ls b
try mount -o remount,bind,ro b
try touch b/g
try touch a/g
try umount b
ls b
mkdir a/in
try mount -t tmpfs y a/in
touch a/in/deep
try mount --rbind a c
ls c/in
try umount c
try umount --recursive c
try mount --make-shared a
findmnt --raw --noheadings --output PROPAGATION "$PWD/a"
try mount --make-rprivate a
# Without a note in /run, which the host may keep to its root.
try mount --no-mtab --move a/in b
ls b
try umount b
try umount --lazy a
try umount a
ls a
grep -c " $PWD/" /proc/self/mountinfo || true
