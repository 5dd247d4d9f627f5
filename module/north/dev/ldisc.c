// SPDX-License-Identifier: GPL-2.0
/*
 * The line discipline: what becomes of what is typed. The same as Linux's N_TTY to
 * its users, down to what is echoed when; everything here is under the lock
 * of the terminal.
 */
#include "tty.h"

#define IN_MASK (TTY_IN_SIZE - 1)
#define DISABLED 0	/* _POSIX_VDISABLE; as a stored byte that ends a line: an EOF */

static inline bool iflag(const struct tty *t, u32 f)
{
	return t->termios.iflag & f;
}

static inline bool lflag(const struct tty *t, u32 f)
{
	return t->termios.lflag & f;
}

static inline bool is_cc(const struct tty *t, u8 c, u32 which)
{
	return c != DISABLED && c == t->termios.cc[which];
}

/* Characters that editing knows only where IEXTEN is on. */
static inline bool is_ext_cc(const struct tty *t, u8 c, u32 which)
{
	return is_cc(t, c, which) && lflag(t, IEXTEN);
}

static bool is_control(u8 c)
{
	return c < 32 || c == 127;
}

static bool is_word(u8 c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') || c == '_' ||
	       c == 0xaa || c == 0xb5 || c == 0xba || (c >= 0xc0 && c != 0xd7 && c != 0xf7);
}

static bool is_continuation(const struct tty *t, u8 c)
{
	return iflag(t, IUTF8) && (c & 0xc0) == 0x80;
}

static u8 lower(u8 c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7) ? c + 32 : c;
}

/* ---- what is stored ---- */

static u8 *eol_byte(const struct tty *t, u32 at)
{
	return &t->in[TTY_IN_SIZE + (at & IN_MASK) / 8];
}

static bool eol_test(const struct tty *t, u32 at)
{
	return *eol_byte(t, at) >> (at & 7) & 1;
}

static void eol_set(struct tty *t, u32 at, bool on)
{
	u8 bit = (u8)(1 << (at & 7));

	if (on)
		*eol_byte(t, at) |= bit;
	else
		*eol_byte(t, at) &= ~bit;
}

static u8 in_at(const struct tty *t, u32 at)
{
	return t->in[at & IN_MASK];
}

static void in_put(struct tty *t, u8 c)
{
	t->in[t->head++ & IN_MASK] = c;
}

static void slave_readable(struct tty *t)
{
	wq_wake(&t->slave_wq, POLLIN | POLLRDNORM);
	wq_async(&t->slave_wq, POLL_IN);
}

/* A whole line is there. */
static void in_line(struct tty *t, u8 c)
{
	eol_set(t, t->head, true);
	in_put(t, c);
	t->canon_head = t->head;
	slave_readable(t);
}

static void in_reset(struct tty *t)
{
	t->head = t->tail = t->canon_head = 0;
	t->erasing = t->push = false;
	memset(t->in + TTY_IN_SIZE, 0, TTY_IN_SIZE / 8);
}

void ldisc_flush_input(struct tty *t)
{
	in_reset(t);
	tty_packet(t, 0, TIOCPKT_FLUSHREAD);
	ldisc_drain(t);
}

/* ---- echoing ---- */

static void echo_raw(struct tty *t, u8 c)
{
	echo_put(t, ECHO_CHAR, c);
}

static void echo_char(struct tty *t, u8 c)
{
	echo_put(t, lflag(t, ECHOCTL) && is_control(c) && c != '\t' ? ECHO_CTRL : ECHO_CHAR, c);
}

/* Ends the listing of erased characters that ECHOPRT makes. */
static void finish_erasing(struct tty *t)
{
	if (t->erasing)
		echo_raw(t, '/');
	t->erasing = false;
}

/* A typed character that is kept. The column where the line began is noted for erasing tabs. */
static void echo_typed(struct tty *t, u8 c)
{
	if (t->canon_head == t->head)
		echo_put(t, ECHO_CANON_COL, 0);
	echo_char(t, c);
	echo_commit(t);
}

static void rub_out(struct tty *t, u8 c)
{
	u32 cells = is_control(c) ? (lflag(t, ECHOCTL) ? 2 : 0) : 1;

	while (cells--) {
		echo_raw(t, '\b');
		echo_raw(t, ' ');
		echo_raw(t, '\b');
	}
}

/* How wide the line is before the tab at @head, from the last tab (bit 7) or its beginning. */
static void rub_out_tab(struct tty *t)
{
	u32 at = t->head, cells = 0;
	bool after_tab = false;

	while (at != t->canon_head) {
		u8 c = in_at(t, --at);

		if (c == '\t') {
			after_tab = true;
			break;
		}
		if (is_control(c))
			cells += lflag(t, ECHOCTL) ? 2 : 0;
		else if (!is_continuation(t, c))
			cells++;
	}
	echo_put(t, ECHO_ERASE_TAB, (u8)((cells & 7) | (after_tab ? 0x80 : 0)));
}

/* ---- editing ---- */

enum erase { ERASE_ONE, ERASE_WORD, ERASE_LINE };

/* One character of possibly many bytes goes; its echo, too. @from: its first byte. */
static void erase_char(struct tty *t, enum erase what, u32 from)
{
	u32 end = t->head, at;
	u8 c = in_at(t, from);

	t->head = from;
	if (!lflag(t, ECHO))
		return;
	if (lflag(t, ECHOPRT)) {
		if (!t->erasing)
			echo_raw(t, '\\');
		t->erasing = true;
		echo_char(t, c);
		for (at = from + 1; at != end; at++) {
			echo_raw(t, in_at(t, at));
			echo_put(t, ECHO_BACK_COL, 0);
		}
	} else if (what == ERASE_ONE && !lflag(t, ECHOE)) {
		echo_char(t, t->termios.cc[VERASE]);
	} else if (c == '\t') {
		rub_out_tab(t);
	} else {
		rub_out(t, c);
	}
}

static void erase_loop(struct tty *t, enum erase what)
{
	bool in_word = false;
	u32 from;
	u8 c;

	while (t->head != t->canon_head) {
		from = t->head;
		do {
			c = in_at(t, --from);
		} while (is_continuation(t, c) && from != t->canon_head);
		/* Half a character stays. */
		if (is_continuation(t, c))
			break;
		if (what == ERASE_WORD) {
			if (is_word(c))
				in_word = true;
			else if (in_word)
				break;
		}
		erase_char(t, what, from);
		if (what == ERASE_ONE)
			break;
	}
	if (t->head == t->canon_head && lflag(t, ECHO))
		finish_erasing(t);
}

static void erase(struct tty *t, u8 c)
{
	if (t->head == t->canon_head)
		return;
	if (c == t->termios.cc[VERASE]) {
		erase_loop(t, ERASE_ONE);
	} else if (c == t->termios.cc[VWERASE]) {
		erase_loop(t, ERASE_WORD);
	} else if (!lflag(t, ECHO)) {
		t->head = t->canon_head;
	} else if (!lflag(t, ECHOK) || !lflag(t, ECHOKE) || !lflag(t, ECHOE)) {
		t->head = t->canon_head;
		finish_erasing(t);
		echo_char(t, t->termios.cc[VKILL]);
		if (lflag(t, ECHOK))
			echo_raw(t, '\n');
	} else {
		erase_loop(t, ERASE_LINE);
	}
}

static void reprint(struct tty *t, u8 c)
{
	finish_erasing(t);
	echo_char(t, c);
	echo_raw(t, '\n');
	for (u32 at = t->canon_head; at != t->head; at++)
		echo_char(t, in_at(t, at));
	echo_commit(t);
}

/* ICANON: true if the character was one for editing or the end of a line. */
static bool edit(struct tty *t, u8 c)
{
	if (is_cc(t, c, VERASE) || is_cc(t, c, VKILL) || is_ext_cc(t, c, VWERASE)) {
		erase(t, c);
		echo_commit(t);
		return true;
	}
	if (is_ext_cc(t, c, VLNEXT)) {
		t->lnext = true;
		if (!lflag(t, ECHO))
			return true;
		finish_erasing(t);
		if (lflag(t, ECHOCTL)) {
			echo_raw(t, '^');
			echo_raw(t, '\b');
			echo_commit(t);
		}
		return true;
	}
	if (is_ext_cc(t, c, VREPRINT) && lflag(t, ECHO)) {
		reprint(t, c);
		return true;
	}
	if (c == '\n') {
		if (lflag(t, ECHO | ECHONL)) {
			echo_raw(t, c);
			echo_commit(t);
		}
		in_line(t, c);
		return true;
	}
	if (is_cc(t, c, VEOF)) {
		in_line(t, DISABLED);
		return true;
	}
	if (is_cc(t, c, VEOL) || is_ext_cc(t, c, VEOL2)) {
		if (lflag(t, ECHO))
			echo_typed(t, c);
		if (c == 0xff && iflag(t, PARMRK))
			in_put(t, c);
		in_line(t, c);
		return true;
	}
	return false;
}

/* ---- signals and flow ---- */

static void signal_char(struct tty *t, u32 sig, u8 c)
{
	tty_signal(t, sig);
	if (!lflag(t, NOFLSH)) {
		echo_drop(t);
		/* Echoes of the same batch didn't get as far as the master. */
		out_flush(t, t->batch);
		in_reset(t);
		tty_packet(t, 0, TIOCPKT_FLUSHREAD);
	}
	if (iflag(t, IXON))
		tty_start(t);
	if (lflag(t, ECHO)) {
		echo_char(t, c);
		echo_commit(t);
	} else {
		echo_flush(t, false);
	}
}

static void restart(struct tty *t)
{
	tty_start(t);
	echo_flush(t, false);
}

static bool flow_char(struct tty *t, u8 c)
{
	if (is_cc(t, c, VSTART))
		restart(t);
	else if (is_cc(t, c, VSTOP))
		tty_stop(t);
	else
		return false;
	return true;
}

static void any_restarts(struct tty *t)
{
	if (t->stopped && !t->tco_stopped && iflag(t, IXON) && iflag(t, IXANY))
		restart(t);
}

/* A character without any meaning of its own. @newline: it was a carriage return. */
static void typed(struct tty *t, u8 c, bool newline)
{
	any_restarts(t);
	if (lflag(t, ECHO)) {
		finish_erasing(t);
		if (newline) {
			echo_raw(t, c);
			echo_commit(t);
		} else {
			echo_typed(t, c);
		}
	}
	if (c == 0xff && iflag(t, PARMRK))
		in_put(t, c);
	in_put(t, c);
}

static void receive_char(struct tty *t, u8 c)
{
	bool newline = false;

	if (t->lnext) {
		t->lnext = false;
		if (iflag(t, ISTRIP))
			c &= 0x7f;
		if (iflag(t, IUCLC) && lflag(t, IEXTEN))
			c = lower(c);
		typed(t, c, false);
		return;
	}
	if (iflag(t, ISTRIP))
		c &= 0x7f;
	if (iflag(t, IUCLC) && lflag(t, IEXTEN))
		c = lower(c);
	if (lflag(t, EXTPROC)) {
		in_put(t, c);
		return;
	}
	if (iflag(t, IXON) && flow_char(t, c))
		return;
	if (lflag(t, ISIG)) {
		u32 sig = is_cc(t, c, VINTR) ? SIGINT : is_cc(t, c, VQUIT) ? SIGQUIT :
			  is_cc(t, c, VSUSP) ? SIGTSTP : 0;

		if (sig) {
			signal_char(t, sig, c);
			return;
		}
	}
	any_restarts(t);
	if (c == '\r') {
		if (iflag(t, IGNCR))
			return;
		if (iflag(t, ICRNL)) {
			c = '\n';
			newline = true;
		}
	} else if (c == '\n' && iflag(t, INLCR)) {
		c = '\r';
	}
	if (lflag(t, ICANON) && edit(t, c))
		return;
	typed(t, c, newline);
}

/* Nothing is to be done but to store. */
static bool is_raw(const struct tty *t)
{
	return !iflag(t, ISTRIP | IUCLC | IGNCR | ICRNL | INLCR | IXON | PARMRK) &&
	       !lflag(t, ICANON | ISIG | ECHO);
}

static void receive(struct tty *t, const u8 *p, u32 n)
{
	if (is_raw(t)) {
		while (n--)
			in_put(t, *p++);
	} else {
		while (n--)
			receive_char(t, *p++);
		if (lflag(t, ECHO | ECHONL))
			echo_flush(t, true);
	}
	if (!ldisc_canonical(t) && t->head != t->tail)
		slave_readable(t);
}

/*
 * How many characters may come. One place is kept for the end of a line; a line
 * that is too long goes on being edited, its last character overwritten.
 */
static u32 in_room(struct tty *t)
{
	s32 room = (s32)(TTY_IN_SIZE - (t->head - t->tail));

	if (iflag(t, PARMRK))
		room = (room + 2) / 3;
	if (--room > 0)
		return (u32)room;
	if (!lflag(t, ICANON) || t->canon_head != t->tail)
		return 0;
	if (room < 0)
		t->head--;
	return 1;
}

static u32 receive_some(struct tty *t, const u8 *p, u32 n)
{
	u32 done = 0, now;

	while (done < n) {
		now = min(in_room(t), n - done);
		if (!now)
			break;
		receive(t, p + done, now);
		done += now;
	}
	return done;
}

u32 ldisc_receive(struct tty *t, const u8 *p, u32 n)
{
	struct ring *r = &t->pending;
	u32 done = 0;

	t->batch = t->out.head;
	if (!ring_used(r))
		done = receive_some(t, p, n);
	if (done == n)
		return n;
	if (!r->buf) {
		r->buf = alloc(TTY_PENDING_MAX);
		if (!r->buf)
			return done;
		r->size = TTY_PENDING_MAX;
	}
	while (done < n && ring_used(r) < r->size)
		r->buf[r->head++ & (r->size - 1)] = p[done++];
	return done;
}

void ldisc_drain(struct tty *t)
{
	struct ring *r = &t->pending;
	bool some = false;

	t->batch = t->out.head;
	while (ring_used(r)) {
		u32 at = r->tail & (r->size - 1);
		u32 n = receive_some(t, r->buf + at, min(ring_used(r), r->size - at));

		if (!n)
			break;
		r->tail += n;
		some = true;
	}
	if (some)
		tty_room(t, true);
}

/* ---- settings ---- */

void ldisc_changed(struct tty *t, const struct termios *old)
{
	if (!old || (old->lflag ^ t->termios.lflag) & (ICANON | EXTPROC)) {
		memset(t->in + TTY_IN_SIZE, 0, TTY_IN_SIZE / 8);
		t->push = lflag(t, ICANON) && t->head != t->tail;
		/* What was typed so far is as good as a line. */
		if (t->push) {
			eol_set(t, t->head - 1, true);
			t->canon_head = t->head;
		} else {
			t->canon_head = t->tail;
		}
		t->erasing = t->lnext = false;
	}
	if (old && !iflag(t, IXON) && old->iflag & IXON && !t->tco_stopped)
		restart(t);
	wq_wake(&t->slave_wq, 0);
}

/* ---- reading ---- */

bool ldisc_ready(const struct tty *t, bool for_poll)
{
	const u8 *cc = t->termios.cc;
	u32 least = for_poll && !cc[VTIME] && cc[VMIN] ? cc[VMIN] : 1;

	if (ldisc_canonical(t))
		return t->canon_head != t->tail;
	return t->head - t->tail >= least;
}

u32 ldisc_count(const struct tty *t)
{
	u32 n;

	if (!ldisc_canonical(t))
		return t->head - t->tail;
	n = t->canon_head - t->tail;
	for (u32 at = t->tail; at != t->canon_head; at++)
		if (eol_test(t, at) && in_at(t, at) == DISABLED)
			n--;
	return n;
}

/* @n bytes from the tail on. A secret isn't kept. */
static s64 in_copy(struct tty *t, struct uio *io, u32 n)
{
	u32 at = t->tail & IN_MASK, first = min(n, TTY_IN_SIZE - at);
	s64 err;

	if (!n)
		return 0;
	err = uio_to_user(io, t->in + at, first);
	if (err >= 0 && n > first)
		err = uio_to_user(io, t->in, n - first);
	if (err < 0)
		return err;
	if (lflag(t, ICANON) && !lflag(t, ECHO)) {
		memset(t->in + at, 0, first);
		memset(t->in, 0, n - first);
	}
	return n;
}

static s64 read_line(struct tty *t, struct uio *io, u64 most)
{
	u32 avail = t->canon_head - t->tail, n = 0, copy;
	bool found = false;
	s64 err;

	while (n < avail && n < most && !found)
		found = eol_test(t, t->tail + n++);
	copy = n - (found && in_at(t, t->tail + n - 1) == DISABLED);
	err = in_copy(t, io, copy);
	if (err < 0)
		return err;
	if (found) {
		eol_set(t, t->tail + n - 1, false);
		t->push = false;
	}
	t->tail += n;
	/* An EOF behind bytes that were asked for to the last isn't one of its own. */
	if (!found && t->tail != t->canon_head && eol_test(t, t->tail) &&
	    in_at(t, t->tail) == DISABLED) {
		eol_set(t, t->tail, false);
		t->tail++;
	}
	return copy;
}

s64 ldisc_read(struct tty *t, struct uio *io, u64 n, bool *more)
{
	u32 now;
	s64 err;

	*more = false;
	if (ldisc_canonical(t))
		return read_line(t, io, n);
	now = (u32)min((u64)(t->head - t->tail), n);
	/* With EXTPROC a lone EOF is the end of the file. */
	if (lflag(t, EXTPROC) && lflag(t, ICANON) && now == 1 && t->head - t->tail == 1 &&
	    in_at(t, t->tail) == t->termios.cc[VEOF]) {
		t->tail++;
		return 0;
	}
	err = in_copy(t, io, now);
	if (err < 0)
		return err;
	t->tail += now;
	*more = true;
	return now;
}
