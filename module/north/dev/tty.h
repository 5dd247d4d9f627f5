/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Terminals. All of them are pseudo terminals: a struct tty is a pair of ends, the
 * master that a terminal emulator holds and the slave that programs hold, with
 * the line discipline between them.
 */
#ifndef NORTH_TTY_H
#define NORTH_TTY_H

#include "../fd/file.h"
#include "../fs/fs.h"
#include "termios.h"

#define TTY_IN_SIZE 4096u	/* N_TTY_BUF_SIZE: the longest line */
#define TTY_OUT_SIZE 16384u
#define TTY_OUT_MAX 12287u	/* what Linux's two buffers of the master take */
#define TTY_OUT_KEPT 4095u	/* what has reached the master and survives a flush of the output */
#define TTY_PENDING_MAX 8192u
#define TTY_ECHO_SIZE 2048u

#define PTYS_MAX 1024u
#define PTY_MAJOR 136

#define SIGHUP 1
#define SIGINT 2
#define SIGQUIT 3
#define SIGCONT 18
#define SIGTSTP 20
#define SIGTTIN 21
#define SIGTTOU 22
#define SIGWINCH 28

#define TIOCPKT_DATA 0
#define TIOCPKT_FLUSHREAD 1
#define TIOCPKT_FLUSHWRITE 2
#define TIOCPKT_STOP 4
#define TIOCPKT_START 8
#define TIOCPKT_NOSTOP 16
#define TIOCPKT_DOSTOP 32
#define TIOCPKT_IOCTL 64

/* A ring of bytes; the positions run on and are masked. */
struct ring {
	u8 *buf;
	u32 size, head, tail;
};

static inline u32 ring_used(const struct ring *r)
{
	return r->head - r->tail;
}

struct tty {
	struct list node;		/* on ttys; tty_lock */
	u32 refs;			/* tty_lock */
	u32 index;
	struct inode *inode;		/* /dev/pts/N; a reference until the master is closed */
	s32 session, pgrp;		/* 0: none; tty_lock */

	struct mutex lock;		/* all below */
	struct termios termios;
	struct winsize winsize;
	u32 slaves;			/* open files of the slave */
	u32 hangups;			/* files of before the last one are dead */
	bool locked;			/* TIOCSPTLCK */
	bool exclusive;
	bool closed;			/* the master is gone */
	bool slave_closed;		/* the last slave file was closed, and none opened since */
	bool packet;
	u8 pktstatus;
	bool stopped, tco_stopped;	/* the slave's output: by STOP or TCOOFF; by TCOOFF */
	struct waitqueue slave_wq, master_wq;
	bool cut_short[2];		/* a write of the slave's, of the master's, found no room */

	/* The line discipline: what the slave reads. Positions run on. */
	/* TTY_IN_SIZE bytes, and a bit a byte behind them: ends of lines */
	u8 *in;
	u32 head, tail, canon_head;
	bool lnext, erasing, push;
	struct ring pending;		/* written by the master, no room in @in yet */
	/* What the slave writes and what is echoed: what the master reads. */
	struct ring out;
	u32 batch;			/* out.head when the input at hand began */
	u32 column, canon_column;
	u16 *echo;			/* operations that wait for room in @out, or NULL so far */
	u32 echo_head, echo_mark, echo_tail;
};

/* Guards the list of terminals, their references, sessions and foreground groups. */
extern struct mutex tty_lock;
extern struct list ttys;

struct tty *tty_get(struct tty *t);
void tty_put(struct tty *t);
/* tty_find - a counted terminal by its index, or NULL. */
struct tty *tty_find(u32 index);

/* ---- ldisc.c: @t->lock is held ---- */

/* ldisc_receive - @n bytes typed. Returns how many could be taken. */
u32 ldisc_receive(struct tty *t, const u8 *p, u32 n);
/* ldisc_drain - what was pending, as far as there is room now. */
void ldisc_drain(struct tty *t);
/* ldisc_changed - other settings than @old (NULL: new). */
void ldisc_changed(struct tty *t, const struct termios *old);
/*
 * ldisc_output - up to @n bytes to the master, with output processing. Returns how many
 * were taken.
 */
u32 ldisc_output(struct tty *t, const u8 *p, u32 n);
void ldisc_flush_input(struct tty *t);
/* ldisc_ready - may the slave read (@for_poll: would poll say so)? */
bool ldisc_ready(const struct tty *t, bool for_poll);
/* ldisc_count - FIONREAD. */
u32 ldisc_count(const struct tty *t);
/*
 * ldisc_read - what is there for one read, at most @n bytes, a line if canonical.
 * *@more: it may go on.
 */
s64 ldisc_read(struct tty *t, struct uio *io, u64 n, bool *more);

static inline bool ldisc_canonical(const struct tty *t)
{
	return (t->termios.lflag & (ICANON | EXTPROC)) == ICANON;
}

/* ---- output.c: @t->lock is held ---- */

u32 out_room(const struct tty *t);
/* Echoes wait in a queue until a batch of input is over, see echo_flush(). */
enum echo_op { ECHO_CHAR, ECHO_CTRL, ECHO_BACK_COL, ECHO_CANON_COL, ECHO_ERASE_TAB };
void echo_put(struct tty *t, enum echo_op op, u8 c);
/* echo_commit - after one character: what was queued counts as echoed. */
void echo_commit(struct tty *t);
/* echo_flush - to the master, as far as there is room; @all: what wasn't committed, too. */
void echo_flush(struct tty *t, bool all);
void echo_drop(struct tty *t);
/* out_flush - what came behind @from is dropped, and what the master couldn't see yet. */
void out_flush(struct tty *t, u32 from);
/* tty_room - the slave, or the @master, may write more. */
void tty_room(struct tty *t, bool master);
void tty_stop(struct tty *t);
void tty_start(struct tty *t);
/* tty_packet - a status for a master in packet mode. */
void tty_packet(struct tty *t, u8 clear, u8 set);

/* ---- job.c: sessions, foreground groups, signals ---- */

/* tty_signal - to the foreground group. May be called with @t->lock held. */
void tty_signal(struct tty *t, u32 sig);
/*
 * tty_check - may current use @t, or is it in the background? 0, -EIO, or
 * -ERESTARTSYS after @sig (SIGTTIN, SIGTTOU) was sent.
 */
s64 tty_check(struct tty *t, u32 sig);
/* tty_of_current - the controlling terminal, counted, or NULL. */
struct tty *tty_of_current(void);
/*
 * tty_of_session - for /proc/PID/stat: number (as makedev) and foreground group of
 * the terminal of session @sid. false: it has none.
 */
bool tty_of_session(s32 sid, u32 *dev, s32 *pgrp);
/* tty_opened - a session leader without a terminal gets the one that it opens. */
void tty_opened(struct tty *t);
/* tty_hangup - all files of the slave are dead, its session has no terminal any more. */
void tty_hangup(struct tty *t, bool exit_session);
s64 tty_set_controlling(struct tty *t, u64 steal, bool readable);
s64 tty_give_up(struct tty *t);
s64 tty_get_pgrp(struct tty *t, bool master, u64 arg);
s64 tty_set_pgrp(struct tty *t, u64 arg);
s64 tty_get_sid(struct tty *t, bool master, u64 arg);
void tty_resize(struct tty *t, const struct winsize *ws);

/* ---- pty.c, ioctl.c ---- */

/* struct tty_end - one open file of a terminal. */
struct tty_end {
	struct tty *tty;		/* a reference */
	bool master;
	u32 hangups;			/* of the terminal, when it was opened */
};

s32 ptmx_open(struct inode *i, struct file *f);
s32 pts_open(struct inode *i, struct file *f);
/* pts_attach - @f becomes a file of @t's slave. Takes the reference on success. */
s32 pts_attach(struct tty *t, struct file *f);
s64 tty_ioctl(struct file *f, u32 cmd, u64 arg);

/* ---- devpts.c ---- */

/* The inode of a new terminal's name, with two references' worth of numbers: NULL: no memory. */
struct inode *devpts_inode(u32 index);
struct inode *devpts_root(struct superblock **sb);

/* ---- dev.c ---- */

s32 null_open(u32 minor, struct file *f);

/*
 * A terminal of the host's, in fd/stream.c: the one of current's session, or for @any
 * the latest. -ENXIO.
 */
s32 stream_console_open(struct file *f, bool any);

#endif
