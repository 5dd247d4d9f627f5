/* SPDX-License-Identifier: GPL-2.0 */
/* What fails of the hosted South, in test_faults. */
#ifndef HOSTED_FAULT_H
#define HOSTED_FAULT_H

#define FAULT_POINTS 64

extern struct fault {
	int armed;
	unsigned int nth;		/* which one fails, counted from 1 */
	unsigned int reached;		/* so many would have failed so far */
	long error;			/* what it answers */
	const char *name;		/* which one failed */
	unsigned int seen[FAULT_POINTS], failed[FAULT_POINTS];
} fault;

/* The name of a point; NULL behind the last. */
const char *fault_name(unsigned int point);

#endif
