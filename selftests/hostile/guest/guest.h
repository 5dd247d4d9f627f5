/* SPDX-License-Identifier: GPL-2.0 */
/* A hostile program: calls that no honest program makes, from many threads. */
#ifndef HOSTILE_GUEST_H
#define HOSTILE_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the processes of a run share. Children are hostile to themselves, so what
 * stands here is believed only as far as it makes sense.
 */
struct shared {
	_Atomic uint64_t operations;	/* calls made */
	_Atomic uint64_t index;		/* of the call that a stream has come to */
	_Atomic uint32_t round;		/* who finds another one here is left over, and ends */
	_Atomic uint32_t broken;	/* checks that failed: a bit for each of enum broken */
};

enum broken {
	BROKEN_DOOR = 1,	/* an ia32 or x32 call of a boxed task was answered */
	BROKEN_DATA = 2,	/* what was written is not what was read */
	BROKEN_KILL = 4,	/* a killed process doesn't end */
};

struct round {
	struct shared *shared;
	uint64_t seed;		/* of this process of the round */
	uint32_t number;
	double end;		/* CLOCK_MONOTONIC */
	uint64_t last;		/* a stream ends before the call of this index; 0: at the end of time */
	bool boxed;
};

extern struct round now;	/* of this process */

/* A mode of being hostile: runs until more() says no, if it lives that long. */
struct mode {
	const char *name;
	void (*run)(void);
	bool stream;		/* moves shared->index with every call; killed when that stands still */
	const char *what;
};

extern const struct mode modes[];
extern const unsigned int n_modes;

void run_stream(void);
void run_doors(void);
void run_toctou(void);
void run_unmap(void);
void run_exec(void);
void run_fork(void);
void run_descriptors(void);
void run_signals(void);
void run_tree(void);
void run_pointers(void);
void run_memory(void);

/* random.c */
void random_seed(uint64_t seed);		/* of the calling thread */
uint64_t random_word(void);
uint64_t random_mix(uint64_t a, uint64_t b);	/* a seed made of two */
static inline unsigned int below(unsigned int n) { return random_word() % n; }
static inline bool one_in(unsigned int n) { return below(n) == 0; }
#define PICK(array) ((array)[below(sizeof(array) / sizeof((array)[0]))])

/* run.c */
double seconds(void);
bool more(void);		/* the round goes on */
/* A call, counted; its result as the kernel gives it, without errno. */
long call6(long nr, long a, long b, long c, long d, long e, long f);
#define CALL(nr, ...) CALL_(nr, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define CALL_(nr, a, b, c, d, e, f, ...) \
	call6(nr, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
void broken(enum broken what);
/* Runs @work(@arg) in a thread with its own seed. False: there is no thread to be had. */
bool thread(void (*work)(void *), void *arg);
/* Forks a child that runs @work(@arg) and exits. As fork(). */
int child(void (*work)(void *), void *arg);
void reap(void);		/* all children that have ended */
void nothing(void *arg);	/* ends at once */

/* pool.c */
enum { ARENA = 1 << 16 };
extern char *arena;		/* ARENA bytes to write to, then a page that isn't there */
extern char program[];		/* path of this program */
void pool_open(void);		/* fills the pools of this process */
int random_fd(void);
uint64_t random_address(void);
uint64_t random_length(void);
uint64_t random_number(void);	/* at the edges of what types hold */
int random_pid(void);
int random_signal(void);	/* one that doesn't end the process, mostly */
const char *random_path(void);	/* valid as long as the process doesn't unmap it */
/* Somewhere in the arena, or at its very end, with @len bytes that look like a structure. */
void *random_structure(size_t len);

/* calls.c */
long random_call(void);		/* any but those that skip() names */
bool skip(long nr);

#endif
