// SPDX-License-Identifier: GPL-2.0
/* What goes from the line discipline to the master: output processing and echoes. */
#include "tty.h"

#define ECHO_MASK (TTY_ECHO_SIZE - 1)
/* A batch of input this long has its echoes written in between. */
#define ECHO_BATCH 256u

/* None while the output is stopped. */
u32 out_room(const struct tty *t)
{
	u32 used = ring_used(&t->out);

	return t->stopped || used >= TTY_OUT_MAX ? 0 : TTY_OUT_MAX - used;
}

/* The caller has seen that there is room. */
static void out_bytes(struct tty *t, const void *p, u32 n)
{
	struct ring *r = &t->out;
	u32 at = r->head & (r->size - 1), first = min(n, r->size - at);

	memcpy(r->buf + at, p, first);
	memcpy(r->buf, (const u8 *)p + first, n - first);
	r->head += n;
}

static bool is_control(u8 c)
{
	return c < 32 || c == 127;
}

static u8 upper(u8 c)
{
	return (c >= 'a' && c <= 'z') || (c >= 0xe0 && c != 0xf7 && c != 0xff) ? c - 32 : c;
}

/* One byte with output processing. Returns false if it doesn't fit. */
static bool out_char(struct tty *t, u8 c)
{
	u32 flags = t->termios.oflag, room = out_room(t), n;

	if (!room)
		return false;
	switch (c) {
	case '\n':
		if (flags & ONLRET)
			t->column = 0;
		if (flags & ONLCR) {
			if (room < 2)
				return false;
			t->canon_column = t->column = 0;
			out_bytes(t, "\r\n", 2);
			return true;
		}
		t->canon_column = t->column;
		break;
	case '\r':
		if (flags & ONOCR && !t->column)
			return true;
		if (flags & OCRNL) {
			c = '\n';
			if (flags & ONLRET)
				t->canon_column = t->column = 0;
			break;
		}
		t->canon_column = t->column = 0;
		break;
	case '\t':
		n = 8 - (t->column & 7);
		if ((flags & TABDLY) == XTABS) {
			if (room < n)
				return false;
			t->column += n;
			out_bytes(t, "        ", n);
			return true;
		}
		t->column += n;
		break;
	case '\b':
		if (t->column)
			t->column--;
		break;
	default:
		if (is_control(c))
			break;
		if (flags & OLCUC)
			c = upper(c);
		if (!(t->termios.iflag & IUTF8 && (c & 0xc0) == 0x80))
			t->column++;
	}
	out_bytes(t, &c, 1);
	return true;
}

/* How many bytes from @p on are themselves in the output, and only move the column. */
static u32 plain_run(const u8 *p, u32 n)
{
	u32 i = 0;

	while (i < n && p[i] >= 32 && p[i] < 127)
		i++;
	return i;
}

static void master_readable(struct tty *t)
{
	wq_wake(&t->master_wq, POLLIN | POLLRDNORM);
	wq_async(&t->master_wq, POLL_IN);
}

u32 ldisc_output(struct tty *t, const u8 *p, u32 n)
{
	u32 done = 0, run, room;

	while (done < n) {
		room = out_room(t);
		if (!room)
			break;
		if (!(t->termios.oflag & OPOST)) {
			run = min(n - done, room);
			out_bytes(t, p + done, run);
			done += run;
			continue;
		}
		run = t->termios.oflag & OLCUC ? 0 : plain_run(p + done, min(n - done, room));
		if (run) {
			out_bytes(t, p + done, run);
			t->column += run;
			done += run;
		} else if (out_char(t, p[done])) {
			done++;
		} else {
			break;
		}
	}
	if (done)
		master_readable(t);
	return done;
}

/* ---- echoes ---- */

void echo_put(struct tty *t, enum echo_op op, u8 c)
{
	if (!t->echo) {
		t->echo = alloc(TTY_ECHO_SIZE * sizeof(*t->echo));
		if (!t->echo)
			return;
	}
	/* The latest matter most. */
	if (t->echo_head - t->echo_tail == TTY_ECHO_SIZE) {
		if (t->echo_mark == t->echo_tail)
			t->echo_mark++;
		t->echo_tail++;
	}
	t->echo[t->echo_head++ & ECHO_MASK] = (u16)(op << 8 | c);
}

void echo_drop(struct tty *t)
{
	t->echo_tail = t->echo_mark = t->echo_head;
}

/* One operation; false: no room. */
static bool echo_run(struct tty *t, enum echo_op op, u8 c)
{
	u32 n;

	switch (op) {
	case ECHO_CHAR:
		/* 255 is an escape in Linux's queue, and passes by output processing. */
		if (t->termios.oflag & OPOST && c != 255)
			return out_char(t, c);
		if (!out_room(t))
			return false;
		out_bytes(t, &c, 1);
		t->column += c == 255;
		return true;
	case ECHO_CTRL:
		if (out_room(t) < 2)
			return false;
		c ^= 0100;
		out_bytes(t, "^", 1);
		out_bytes(t, &c, 1);
		t->column += 2;
		return true;
	case ECHO_BACK_COL:
		if (t->column)
			t->column--;
		return true;
	case ECHO_CANON_COL:
		t->canon_column = t->column;
		return true;
	case ECHO_ERASE_TAB:
		/* The columns before the tab count from another tab, or from where input began. */
		n = c & 0x80 ? c & 7 : (c & 7) + t->canon_column;
		n = 8 - (n & 7);
		if (out_room(t) < n)
			return false;
		out_bytes(t, "\b\b\b\b\b\b\b\b", n);
		t->column -= min(t->column, n);
		return true;
	}
	return true;
}

void echo_flush(struct tty *t, bool all)
{
	u32 before = t->out.head;

	if (all)
		t->echo_mark = t->echo_head;
	while (t->echo_tail != t->echo_mark) {
		u16 e = t->echo[t->echo_tail & ECHO_MASK];

		if (!echo_run(t, e >> 8, (u8)e))
			break;
		t->echo_tail++;
	}
	if (t->out.head != before)
		master_readable(t);
}

void echo_commit(struct tty *t)
{
	t->echo_mark = t->echo_head;
	if (t->echo_head - t->echo_tail >= ECHO_BATCH)
		echo_flush(t, false);
}

/* ---- flow ---- */

void tty_room(struct tty *t, bool master)
{
	struct waitqueue *q = master ? &t->master_wq : &t->slave_wq;

	wq_wake(q, POLLOUT | POLLWRNORM);
	if (!t->cut_short[master])
		return;
	t->cut_short[master] = false;
	wq_async(q, POLL_OUT);
}

void tty_packet(struct tty *t, u8 clear, u8 set)
{
	if (!t->packet)
		return;
	t->pktstatus = (t->pktstatus & ~clear) | set;
	wq_wake(&t->master_wq, POLLIN | POLLPRI | POLLRDNORM);
}

void out_flush(struct tty *t, u32 from)
{
	u32 keep = min(from - t->out.tail, TTY_OUT_KEPT);

	if (ring_used(&t->out) > keep)
		t->out.head = t->out.tail + keep;
	tty_packet(t, 0, TIOCPKT_FLUSHWRITE);
	tty_room(t, false);
}

void tty_stop(struct tty *t)
{
	if (t->stopped)
		return;
	t->stopped = true;
	tty_packet(t, TIOCPKT_START, TIOCPKT_STOP);
}

void tty_start(struct tty *t)
{
	if (!t->stopped || t->tco_stopped)
		return;
	t->stopped = false;
	tty_packet(t, TIOCPKT_STOP, TIOCPKT_START);
	tty_room(t, false);
}
