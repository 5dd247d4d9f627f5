/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A record of a box: what came into its North and what North made of it, in one order.
 *
 * While a box is recorded, one of its tasks at a time runs North, from where it came
 * in (an entry, the return of an import) to where it went out (the call of an import,
 * the return of the entry, a trap). So a record is a list of such turns, each of them
 * depends on nothing but those before it, and what South writes into North's memory by
 * itself falls between two of them.
 */
#ifndef LB_RECORD_H
#define LB_RECORD_H

#ifdef __KERNEL__
#include <linux/types.h>
#endif

#define LB_RECORD_MAGIC 0x6472636572626cull
#define LB_RECORD_ARGS 8

enum lb_record_kind {
	/* @value: magic; data: the names of the imports, a space before each */
	LB_RECORD_START,
	LB_RECORD_ENTER,	/* @nr: entry; @value: its North task; data: arguments */
	LB_RECORD_LEAVE,	/* @nr: entry; @value: its result */
	LB_RECORD_CALL,		/* @nr: import; data: arguments, then what North gave: blocks */
	LB_RECORD_RETURN,	/* @nr: import; @value: its result; data: what North got: blocks */
	/*
	 * @nr: enum lb_trap; @value: 1: at a limit that the box set (time, stack, its end);
	 * data: its name
	 */
	LB_RECORD_TRAP,
	LB_RECORD_REFUSED,	/* @value: the how-many-eth call of alloc() or resize() failed */
	LB_RECORD_BUMP,		/* @value: a word for which a stream became ready: one more */
	LB_RECORD_IDS,		/* @value: a North task; data: its tid and pid, each 4 bytes */
	LB_RECORD_END,		/* @nr: 0: the box is gone; 1: there was no more room */
	LB_NR_RECORDS
};

/* struct lb_record_event - @len bytes of data follow, and up to 7 to a multiple of 8. */
struct lb_record_event {
	__u16 kind, nr;
	__u32 task;		/* unlike that of any other living task */
	__u64 value;
	__u32 len, pad;
};

/* struct lb_record_block - the bytes that argument @arg points to follow, likewise. */
struct lb_record_block {
	__u32 arg, len;
};

#define LB_RECORD_PAD(n) (((n) + 7) & ~7u)

enum lb_record_entry {
	LB_ENTRY_BOOT, LB_ENTRY_ENTER, LB_ENTRY_SYSCALL, LB_ENTRY_EXEC, LB_ENTRY_EXEC_FINISH,
	LB_ENTRY_CLONE_ABORT, LB_ENTRY_EXIT, LB_NR_ENTRIES
};

/* What an import does with the memory behind a pointer. */
enum { LB_POINTER_IN = 1, LB_POINTER_OUT = 2 };
enum lb_record_length {
	LB_LENGTH_NONE,		/* a word of South's: its address is all */
	LB_LENGTH_FIXED,	/* @n bytes */
	LB_LENGTH_ARG,		/* as many as argument @n says */
	LB_LENGTH_RESULT,	/* as many as were returned */
	LB_LENGTH_STRING,	/* those and a NUL, if argument @n has room for it */
	LB_LENGTH_NAME,		/* up to a NUL, at most @n */
};

struct lb_record_pointer {
	__u8 arg, way, length;
	__u32 n;
};

struct lb_record_import {
	const char *name;
	__u8 args, pointers;
	struct lb_record_pointer pointer[3];
};

/* Made of south.h and imports.tbl by imports.awk. */
extern const struct lb_record_import lb_record_imports[];
extern const unsigned int lb_record_nr_imports;

#endif
