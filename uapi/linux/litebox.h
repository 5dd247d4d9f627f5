/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The generic netlink family "litebox": making, entering, watching and ending
 * boxes. The same in words that programs read:
 * Documentation/netlink/specs/litebox.yaml.
 *
 * The family exists in the initial network namespace. Commands that are marked
 * "admin" need CAP_NET_ADMIN and CAP_SYS_ADMIN in the initial user namespace, of
 * the task that opened the socket and of the task that sends. A refusal is an
 * NLMSG_ERROR with an errno and, if the socket has NETLINK_EXT_ACK set, text.
 * Attributes that a command doesn't take are refused (EINVAL). Attributes
 * called "uint" are NLA_UINT: 4 or 8 bytes long.
 */
#ifndef _UAPI_LINUX_LITEBOX_H
#define _UAPI_LINUX_LITEBOX_H

#define LITEBOX_FAMILY_NAME	"litebox"
#define LITEBOX_FAMILY_VERSION	1

#define LITEBOX_MCGRP_EVENTS	"events"	/* joining is "admin" */

#define LITEBOX_NAME_LEN	63	/* longest name of a box, bytes without NUL */
#define LITEBOX_HOSTNAME_LEN	64	/* longest host name of a box, likewise */
#define LITEBOX_PATH_LEN	4095	/* longest path inside a box, likewise */

/**
 * enum litebox_cmd - the commands
 * @LITEBOX_CMD_BOX_NEW: admin. Make a box. It ends when its last task has gone,
 *	or, unless it is detached, when the sending socket is closed. Takes
 *	NAME, DETACHED, MAX_TASKS, MAX_MEMORY, MEMORY_LIMIT, CPUS, HOST_UID,
 *	HOST_GID, ROOT (these three are required), ROOT_TRUSTED, BIND, TMPFS,
 *	HOSTNAME; replies with ID, NAME. EEXIST: the name is taken; ENOSPC: too
 *	many boxes; EBADF, ENOTDIR, EINVAL, ERANGE: see the text.
 * @LITEBOX_CMD_BOX_ENTER: the calling task enters the box, and has North for
 *	its kernel from its next return to user mode on. Takes ID, STDIN, STDOUT,
 *	STDERR. The task's descriptors are gone then, so success isn't
 *	acknowledged, NLM_F_ACK or not; after a refusal the task is what it was
 *	and can read why, at once. Only through the socket that made the box or
 *	holds a grant for it. ENOENT: no such box; EPERM: neither of these, or
 *	the jail isn't complete; EBUSY: in a box already (of several commands
 *	sent at once one succeeds), or descriptors are in the way; EINVAL: not a
 *	process of one thread that sends this itself.
 * @LITEBOX_CMD_BOX_GRANT: admin. Let the sending socket be used for one
 *	BOX_ENTER into box ID. A socket holds one grant at a time.
 * @LITEBOX_CMD_BOX_GET: admin. Facts about box ID or NAME; a dump gives all
 *	boxes, without PIDS.
 * @LITEBOX_CMD_BOX_KILL: admin. End box ID, or send SIGNAL to its first process.
 *	ESRCH: it has none.
 * @LITEBOX_CMD_STATS_GET: admin, dump. What calls box LITEBOX_A_CALL_BOX made.
 * @LITEBOX_CMD_CALLS_GET: dump. The calls that a box may make.
 * @LITEBOX_CMD_VERSION_GET: what module this is, its features and limits.
 * @LITEBOX_CMD_BOX_START: event. A first task entered a box: ID, NAME.
 * @LITEBOX_CMD_BOX_END: event. No task of a box is left: ID, NAME, END_REASON,
 *	END_STATUS, END_WHY.
 */
enum litebox_cmd {
	LITEBOX_CMD_BOX_NEW = 1,
	LITEBOX_CMD_BOX_ENTER,
	LITEBOX_CMD_BOX_GRANT,
	LITEBOX_CMD_BOX_GET,
	LITEBOX_CMD_BOX_KILL,
	LITEBOX_CMD_STATS_GET,
	LITEBOX_CMD_CALLS_GET,
	LITEBOX_CMD_VERSION_GET,
	LITEBOX_CMD_BOX_START,
	LITEBOX_CMD_BOX_END,

	__LITEBOX_CMD_MAX,
	LITEBOX_CMD_MAX = __LITEBOX_CMD_MAX - 1
};

/**
 * enum litebox_a_box - attributes of a box
 * @LITEBOX_A_BOX_ID: u32, unique while the module is loaded
 * @LITEBOX_A_BOX_NAME: string, unique among living boxes: letters, digits, "_",
 *	"." and "-", a letter or digit first. Without it "box-ID".
 * @LITEBOX_A_BOX_DETACHED: flag, the box outlives the socket that made it
 * @LITEBOX_A_BOX_MAX_TASKS: u32, tasks (threads) that it may have at a time
 * @LITEBOX_A_BOX_MAX_MEMORY: uint, bytes that its North may use for itself
 * @LITEBOX_A_BOX_MEMORY_LIMIT: uint, bytes of memory that the box is told it
 *	has; what enforces them is a cgroup
 * @LITEBOX_A_BOX_CPUS: u32, CPUs that the box is told it has; likewise
 * @LITEBOX_A_BOX_HOST_UID: u32, the host's user that the box's tasks are and
 *	that opens files beneath what isn't trusted; never 0
 * @LITEBOX_A_BOX_HOST_GID: u32, likewise the group
 * @LITEBOX_A_BOX_ROOT: u32, descriptor of the root directory, may be O_PATH
 * @LITEBOX_A_BOX_ROOT_TRUSTED: flag, the root is an image folder of the box's
 *	own: opened with full rights, while North checks permissions
 * @LITEBOX_A_BOX_BIND: nest of enum litebox_a_bind, any number
 * @LITEBOX_A_BOX_TMPFS: nest of enum litebox_a_tmpfs, any number
 * @LITEBOX_A_BOX_HOSTNAME: string; without it the box's name
 * @LITEBOX_A_BOX_STDIN: u32, descriptor of the sender to be descriptor 0 in the
 *	box; without it 0 is closed
 * @LITEBOX_A_BOX_STDOUT: u32, likewise 1
 * @LITEBOX_A_BOX_STDERR: u32, likewise 2
 * @LITEBOX_A_BOX_SIGNAL: u32, 1 to 64
 * @LITEBOX_A_BOX_STATE: u32, enum litebox_box_state
 * @LITEBOX_A_BOX_PID: u32, first process, in the initial pid namespace; left
 *	out if there is none
 * @LITEBOX_A_BOX_PIDS: u32, any number: all processes, likewise
 * @LITEBOX_A_BOX_TASKS: u32, tasks (threads) now
 * @LITEBOX_A_BOX_TOTAL_TASKS: uint, tasks that there ever were
 * @LITEBOX_A_BOX_MEMORY: uint, bytes that North uses for itself
 * @LITEBOX_A_BOX_START: uint, CLOCK_BOOTTIME at creation in ns
 * @LITEBOX_A_BOX_DENIALS: uint, requests that the policy denied
 * @LITEBOX_A_BOX_END_REASON: u32, enum litebox_end
 * @LITEBOX_A_BOX_END_STATUS: u32, wait status of the first process
 * @LITEBOX_A_BOX_END_WHY: string, text for people; may be left out
 */
enum litebox_a_box {
	LITEBOX_A_BOX_ID = 1,
	LITEBOX_A_BOX_NAME,
	LITEBOX_A_BOX_DETACHED,
	LITEBOX_A_BOX_MAX_TASKS,
	LITEBOX_A_BOX_MAX_MEMORY,
	LITEBOX_A_BOX_MEMORY_LIMIT,
	LITEBOX_A_BOX_CPUS,
	LITEBOX_A_BOX_HOST_UID,
	LITEBOX_A_BOX_HOST_GID,
	LITEBOX_A_BOX_ROOT,
	LITEBOX_A_BOX_ROOT_TRUSTED,
	LITEBOX_A_BOX_BIND,
	LITEBOX_A_BOX_TMPFS,
	LITEBOX_A_BOX_HOSTNAME,
	LITEBOX_A_BOX_STDIN,
	LITEBOX_A_BOX_STDOUT,
	LITEBOX_A_BOX_STDERR,
	LITEBOX_A_BOX_SIGNAL,
	LITEBOX_A_BOX_STATE,
	LITEBOX_A_BOX_PID,
	LITEBOX_A_BOX_PIDS,
	LITEBOX_A_BOX_TASKS,
	LITEBOX_A_BOX_TOTAL_TASKS,
	LITEBOX_A_BOX_MEMORY,
	LITEBOX_A_BOX_START,
	LITEBOX_A_BOX_DENIALS,
	LITEBOX_A_BOX_END_REASON,
	LITEBOX_A_BOX_END_STATUS,
	LITEBOX_A_BOX_END_WHY,

	__LITEBOX_A_BOX_MAX,
	LITEBOX_A_BOX_MAX = __LITEBOX_A_BOX_MAX - 1
};

/**
 * enum litebox_a_bind - something of the host's to be seen in the box
 * @LITEBOX_A_BIND_SOURCE: u32, descriptor of a file or directory, may be O_PATH
 * @LITEBOX_A_BIND_DEST: string, absolute path in the box
 * @LITEBOX_A_BIND_RW: flag, may be written to; without it that gives EROFS
 * @LITEBOX_A_BIND_TRUSTED: flag, opened with full rights, while North checks
 *	permissions; without it opened as the box's host user
 */
enum litebox_a_bind {
	LITEBOX_A_BIND_SOURCE = 1,
	LITEBOX_A_BIND_DEST,
	LITEBOX_A_BIND_RW,
	LITEBOX_A_BIND_TRUSTED,

	__LITEBOX_A_BIND_MAX,
	LITEBOX_A_BIND_MAX = __LITEBOX_A_BIND_MAX - 1
};

/**
 * enum litebox_a_tmpfs - an empty directory in memory
 * @LITEBOX_A_TMPFS_DEST: string, absolute path in the box
 */
enum litebox_a_tmpfs {
	LITEBOX_A_TMPFS_DEST = 1,

	__LITEBOX_A_TMPFS_MAX,
	LITEBOX_A_TMPFS_MAX = __LITEBOX_A_TMPFS_MAX - 1
};

/**
 * enum litebox_a_call - a system call
 * @LITEBOX_A_CALL_BOX: u32, id of the box whose counts are asked for
 * @LITEBOX_A_CALL_NR: u32, its number
 * @LITEBOX_A_CALL_NAME: string; left out where there is none
 * @LITEBOX_A_CALL_WAY: u32, enum litebox_way
 * @LITEBOX_A_CALL_MADE: uint, how often the box made it
 * @LITEBOX_A_CALL_UNANSWERED: uint, how often it gave ENOSYS since nothing
 *	implements it
 */
enum litebox_a_call {
	LITEBOX_A_CALL_BOX = 1,
	LITEBOX_A_CALL_NR,
	LITEBOX_A_CALL_NAME,
	LITEBOX_A_CALL_WAY,
	LITEBOX_A_CALL_MADE,
	LITEBOX_A_CALL_UNANSWERED,

	__LITEBOX_A_CALL_MAX,
	LITEBOX_A_CALL_MAX = __LITEBOX_A_CALL_MAX - 1
};

/**
 * enum litebox_a_module - the module
 * @LITEBOX_A_MODULE_VERSION: string
 * @LITEBOX_A_MODULE_KERNEL: string, release of the running kernel
 * @LITEBOX_A_MODULE_FEATURES: uint, bits of enum litebox_feature
 * @LITEBOX_A_MODULE_BOXES: u32, boxes now
 * @LITEBOX_A_MODULE_MAX_BOXES: u32
 * @LITEBOX_A_MODULE_MAX_TASKS: u32, largest and default MAX_TASKS of a box
 * @LITEBOX_A_MODULE_MAX_HANDLES: u32, host objects that a box may hold
 * @LITEBOX_A_MODULE_MAX_MEMORY: uint, largest and default MAX_MEMORY of a box
 */
enum litebox_a_module {
	LITEBOX_A_MODULE_VERSION = 1,
	LITEBOX_A_MODULE_KERNEL,
	LITEBOX_A_MODULE_FEATURES,
	LITEBOX_A_MODULE_BOXES,
	LITEBOX_A_MODULE_MAX_BOXES,
	LITEBOX_A_MODULE_MAX_TASKS,
	LITEBOX_A_MODULE_MAX_HANDLES,
	LITEBOX_A_MODULE_MAX_MEMORY,

	__LITEBOX_A_MODULE_MAX,
	LITEBOX_A_MODULE_MAX = __LITEBOX_A_MODULE_MAX - 1
};

/**
 * enum litebox_box_state - the life of a box
 * @LITEBOX_BOX_STATE_NEW: no task has entered
 * @LITEBOX_BOX_STATE_ALIVE: tasks run in it
 * @LITEBOX_BOX_STATE_DYING: it was killed, its tasks are on their way out
 * @LITEBOX_BOX_STATE_ENDED: no task is left
 */
enum litebox_box_state {
	LITEBOX_BOX_STATE_NEW,
	LITEBOX_BOX_STATE_ALIVE,
	LITEBOX_BOX_STATE_DYING,
	LITEBOX_BOX_STATE_ENDED,
};

/**
 * enum litebox_end - why a box ended
 * @LITEBOX_END_EXIT: its first process exited, or died from a signal of its own
 * @LITEBOX_END_KILLED: LITEBOX_CMD_BOX_KILL
 * @LITEBOX_END_TRAP: its North ran into a trap; END_WHY says which
 * @LITEBOX_END_OWNER: the socket that made it was closed
 * @LITEBOX_END_ERROR: it could not be set up, or the module lost account of a task
 */
enum litebox_end {
	LITEBOX_END_EXIT = 1,
	LITEBOX_END_KILLED,
	LITEBOX_END_TRAP,
	LITEBOX_END_OWNER,
	LITEBOX_END_ERROR,
};

/**
 * enum litebox_way - how a boxed task's system call is answered
 * @LITEBOX_WAY_NONE: the table doesn't know it: ENOSYS
 * @LITEBOX_WAY_INLINE: on the spot, from a page of facts
 * @LITEBOX_WAY_GATE: by North
 * @LITEBOX_WAY_NATIVE: by the host, after its arguments were checked or rewritten
 * @LITEBOX_WAY_REFUSE: with the errno of a hardened kernel
 */
enum litebox_way {
	LITEBOX_WAY_NONE,
	LITEBOX_WAY_INLINE,
	LITEBOX_WAY_GATE,
	LITEBOX_WAY_NATIVE,
	LITEBOX_WAY_REFUSE,
};

/**
 * enum litebox_feature - what a module can do
 * @LITEBOX_FEATURE_BIND: BOX_NEW takes BIND and TMPFS
 * @LITEBOX_FEATURE_GRANT: there is BOX_GRANT
 * @LITEBOX_FEATURE_STATS: there is STATS_GET
 */
enum litebox_feature {
	LITEBOX_FEATURE_BIND = 1,
	LITEBOX_FEATURE_GRANT = 2,
	LITEBOX_FEATURE_STATS = 4,
};

#endif /* _UAPI_LINUX_LITEBOX_H */
