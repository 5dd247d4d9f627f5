/* SPDX-License-Identifier: GPL-2.0 */
/* What the guest tells the hostile North, and what that tells it. For both, and for the report. */
#ifndef HOSTILE_ASKED_H
#define HOSTILE_ASKED_H

#define HOSTILE_PRCTL 0x6e6f7274
#define HOSTILE_STAY 0x73746179		/* prctl: North is not to let go of the task at its exit */
#define HOSTILE_IMPORTS 64
#define HOSTILE_ENTRIES 8

struct hostile_ask {
	unsigned long long seed;
	unsigned int rate;	/* of 100 entries, how many turn hostile */
	unsigned int steps;	/* imports in one of them, at most */
	unsigned int wild;	/* one in so many arguments may end the box; 0: none */
	unsigned int scribble;	/* one in so many buffers is anywhere in North's own memory; 0: none */
	unsigned long long user[8]; /* addresses of the guest's: written, read-only, closed, code, ... */
	unsigned long long report;  /* where the guest wants a struct hostile_report */
};

#define HOSTILE_REPORT_MAGIC 0x7265706f7274ULL

/* The box can write to wherever this goes: one whose sum is wrong is no report. */
struct hostile_report {
	unsigned long long magic;
	unsigned long long sum;		/* of all that follows, in words of 8 bytes */
	unsigned long long imports;	/* calls made */
	unsigned long long entries[HOSTILE_ENTRIES]; /* that turned hostile, by kind */
	unsigned int import[HOSTILE_IMPORTS];
	unsigned long long breaches;	/* answers that must never have come */
	char breach[128];
};

#endif
