// SPDX-License-Identifier: GPL-2.0
/* ioctl() of terminals: the slave's, and the master's, which speaks of its slave mostly. */
#include "../task.h"
#include "../event/poll.h"
#include "tty.h"

#define AT_FDCWD (-100)

static s64 put_int(u64 arg, s32 v)
{
	return south_user_write(arg, &v, sizeof(v)) ? -EFAULT : 0;
}

static s64 get_int(u64 arg, s32 *v)
{
	return south_user_read(v, arg, sizeof(*v)) ? -EFAULT : 0;
}

static s64 get_termios(struct tty *t, u32 cmd, u64 arg)
{
	struct termios now;

	lock(&t->lock);
	now = t->termios;
	unlock(&t->lock);
	return termios_get(&now, cmd, arg);
}

/* What a master in packet mode is told of new settings. */
static void packet_settings(struct tty *t, const struct termios *old)
{
	const struct termios *now = &t->termios;
	bool was = old->iflag & IXON && old->cc[VSTOP] == 19 && old->cc[VSTART] == 17;
	bool is = now->iflag & IXON && now->cc[VSTOP] == 19 && now->cc[VSTART] == 17;

	if (was != is)
		tty_packet(t, TIOCPKT_DOSTOP | TIOCPKT_NOSTOP,
			   is ? TIOCPKT_DOSTOP : TIOCPKT_NOSTOP);
	if ((old->lflag | now->lflag) & EXTPROC)
		tty_packet(t, 0, TIOCPKT_IOCTL);
}

static s64 set_termios(struct tty *t, u32 cmd, u64 arg)
{
	struct termios old, new;
	s64 err;

	lock(&t->lock);
	old = t->termios;
	unlock(&t->lock);
	err = termios_set(&old, &new, cmd, arg);
	if (err)
		return err;
	lock(&t->lock);
	if (termios_when(cmd) == TERMIOS_FLUSH)
		ldisc_flush_input(t);
	old = t->termios;
	t->termios = new;
	packet_settings(t, &old);
	ldisc_changed(t, &old);
	ldisc_drain(t);
	unlock(&t->lock);
	return 0;
}

/* TCFLSH. The master's input is the slave's output, and the other way round. */
static s64 flush(struct tty *t, bool master, u64 what)
{
	if (what > TCIOFLUSH)
		return -EINVAL;
	lock(&t->lock);
	if (master) {
		if (what != TCOFLUSH) {
			t->out.tail = t->out.head;
			tty_room(t, false);
		}
		if (what != TCIFLUSH) {
			t->pending.tail = t->pending.head;
			tty_room(t, true);
		}
	} else {
		if (what != TCOFLUSH)
			ldisc_flush_input(t);
		if (what != TCIFLUSH)
			out_flush(t, t->out.head);
	}
	unlock(&t->lock);
	return 0;
}

static s64 flow(struct tty *t, u64 what)
{
	s64 err = 0;

	lock(&t->lock);
	switch (what) {
	case TCOOFF:
		if (!t->tco_stopped) {
			tty_stop(t);
			t->tco_stopped = true;
		}
		break;
	case TCOON:
		if (t->tco_stopped) {
			t->tco_stopped = false;
			tty_start(t);
			echo_flush(t, false);
		}
		break;
	case TCIOFF:
	case TCION:
		/*
		 * As an echo, so that it passes unprocessed but for OPOST, which leaves
		 * it alone.
		 */
		if (t->termios.cc[what == TCION ? VSTART : VSTOP]) {
			echo_put(t, ECHO_CHAR, t->termios.cc[what == TCION ? VSTART : VSTOP]);
			echo_flush(t, true);
		}
		break;
	default:
		err = -EINVAL;
	}
	unlock(&t->lock);
	return err;
}

static s64 set_winsize(struct tty *t, u64 arg)
{
	struct winsize ws;

	if (south_user_read(&ws, arg, sizeof(ws)))
		return -EFAULT;
	tty_resize(t, &ws);
	return 0;
}

static s64 get_winsize(struct tty *t, u64 arg)
{
	struct winsize ws;

	lock(&t->lock);
	ws = t->winsize;
	unlock(&t->lock);
	return south_user_write(arg, &ws, sizeof(ws)) ? -EFAULT : 0;
}

static s64 count_input(struct tty *t, bool master, u64 arg)
{
	u32 n;

	lock(&t->lock);
	n = master ? ring_used(&t->out) : ldisc_count(t);
	unlock(&t->lock);
	return put_int(arg, (s32)n);
}

/* ---- the master's own ---- */

static s64 set_packet(struct tty *t, u64 arg)
{
	s32 on;

	if (get_int(arg, &on))
		return -EFAULT;
	lock(&t->lock);
	if (on && !t->packet)
		t->pktstatus = 0;
	t->packet = on;
	unlock(&t->lock);
	return 0;
}

static s64 set_locked(struct tty *t, u64 arg)
{
	s32 on;

	if (get_int(arg, &on))
		return -EFAULT;
	t->locked = on;
	return 0;
}

/* The path of the slave: its name, or none where that leads elsewhere for the caller. */
static s32 peer_path(struct tty *t, struct path *p)
{
	struct text name = { 0 };
	struct inode *i;
	s32 err;

	lock(&tty_lock);
	i = t->inode ? inode_get(t->inode) : NULL;
	unlock(&tty_lock);
	if (!i)
		return -EIO;
	text_printf(&name, "/dev/pts/%u", t->index);
	text_add(&name, "", 1);
	err = -ENOMEM;
	if (name.failed)
		goto out;
	err = path_lookup(AT_FDCWD, name.buf, 0, p);
	if (!err && path_inode(p) == i)
		goto out;
	if (!err)
		path_put(p);
	err = path_anon(i, name.buf, p);
out:
	text_free(&name);
	inode_put(i);
	return err;
}

/* TIOCGPTPEER */
static s64 open_peer(struct tty *t, u32 flags)
{
	struct file *f;
	struct path p;
	s32 err;

	if (flags & ~(O_ACCMODE | O_NOCTTY | O_NONBLOCK | O_CLOEXEC))
		return -EINVAL;
	err = peer_path(t, &p);
	if (err)
		return err;
	f = path_open_at(&p, (flags & ~O_CLOEXEC) | O_LARGEFILE);
	path_put(&p);
	if (IS_ERR(f))
		return PTR_ERR(f);
	return fd_install(f, 0, flags & O_CLOEXEC);
}

static s64 master_ioctl(struct tty *t, u32 cmd, u64 arg, bool *known)
{
	*known = true;
	switch (cmd) {
	case TIOCGPTN:
		return put_int(arg, (s32)t->index);
	case TIOCSPTLCK:
		return set_locked(t, arg);
	case TIOCGPTLCK:
		return put_int(arg, t->locked);
	case TIOCPKT:
		return set_packet(t, arg);
	case TIOCGPKT:
		return put_int(arg, t->packet);
	case TIOCGPTPEER:
		return open_peer(t, (u32)arg);
	case TIOCSIG:
		if (arg != SIGINT && arg != SIGQUIT && arg != SIGTSTP)
			return -EINVAL;
		tty_signal(t, (u32)arg);
		return 0;
	}
	*known = false;
	return 0;
}

/* Calls that a background process is stopped for. */
static bool changes(u32 cmd)
{
	switch (cmd) {
	case TIOCSETD:
	case TIOCSBRK:
	case TIOCCBRK:
	case TCSBRK:
	case TCSBRKP:
	case TCXONC:
	case TCFLSH:
		return true;
	default:
		return termios_when(cmd) != TERMIOS_NOT;
	}
}

static s64 any_ioctl(struct file *f, struct tty *t, bool master, u32 cmd, u64 arg)
{
	s32 n;

	switch (cmd) {
	case TCGETS:
	case TCGETS2:
	case TCGETA:
		return get_termios(t, cmd, arg);
	case TCSBRK:
	case TCSBRKP:
	case TIOCSBRK:
	case TIOCCBRK:
		return 0;
	case TCXONC:
		return flow(t, arg);
	case TCFLSH:
		return flush(t, master, arg);
	case TIOCGWINSZ:
		return get_winsize(t, arg);
	case TIOCSWINSZ:
		return set_winsize(t, arg);
	case TIOCEXCL:
	case TIOCNXCL:
		t->exclusive = cmd == TIOCEXCL;
		return 0;
	case TIOCGEXCL:
		return put_int(arg, t->exclusive);
	case TIOCNOTTY:
		return master ? -ENOTTY : tty_give_up(t);
	case TIOCSCTTY:
		return tty_set_controlling(t, arg, file_readable(f));
	case TIOCGPGRP:
		return tty_get_pgrp(t, master, arg);
	case TIOCSPGRP:
		return tty_set_pgrp(t, arg);
	case TIOCGSID:
		return tty_get_sid(t, master, arg);
	case TIOCSTI:
		return -EIO;
	case TIOCGETD:
		return put_int(arg, 0);
	case TIOCSETD:
		if (get_int(arg, &n))
			return -EFAULT;
		return n ? -EINVAL : 0;
	case TIOCGDEV:
		return put_int(arg, (s32)dev_encode(master ? MKDEV(5, 2) :
						    MKDEV(PTY_MAJOR, t->index)));
	case TIOCOUTQ:
		return put_int(arg, 0);
	case FIONREAD:
		return count_input(t, master, arg);
	}
	return termios_when(cmd) == TERMIOS_NOT ? -ENOTTY : set_termios(t, cmd, arg);
}

s64 tty_ioctl(struct file *f, u32 cmd, u64 arg)
{
	struct tty_end *e = f->private;
	struct tty *t = e->tty;
	bool known = false;
	s64 ret;

	if (e->master) {
		ret = master_ioctl(t, cmd, arg, &known);
		if (known)
			return ret;
	} else if (e->hangups != t->hangups) {
		return cmd == TIOCSPGRP ? -ENOTTY : -EIO;
	}
	if (changes(cmd)) {
		ret = tty_check(t, SIGTTOU);
		if (ret)
			return ret;
	}
	return any_ioctl(f, t, e->master, cmd, arg);
}
