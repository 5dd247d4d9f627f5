// SPDX-License-Identifier: GPL-2.0
/* Terminal settings: their three layouts in user space. */
#include "termios.h"

static const u8 cc_init[NCCS] = {
	[VINTR] = 3, [VQUIT] = 28, [VERASE] = 127, [VKILL] = 21, [VEOF] = 4, [VMIN] = 1,
	[VSTART] = 17, [VSTOP] = 19, [VSUSP] = 26, [VREPRINT] = 18, [13] = 15,
	[VWERASE] = 23, [VLNEXT] = 22,
};

void termios_init(struct termios *t)
{
	memset(t, 0, sizeof(*t));
	t->iflag = ICRNL | IXON;
	t->oflag = OPOST | ONLCR;
	t->cflag = B38400 | CS8 | CREAD;
	t->lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN;
	memcpy(t->cc, cc_init, NCCS);
	t->ispeed = t->ospeed = 38400;
}

/* struct termio, of before POSIX. */
struct termio {
	u16 iflag, oflag, cflag, lflag;
	u8 line;
	u8 cc[8];
	u8 pad;
};

s64 termios_get(const struct termios *t, u32 cmd, u64 arg)
{
	struct termio old = {
		(u16)t->iflag, (u16)t->oflag, (u16)t->cflag, (u16)t->lflag, t->line, { 0 }, 0
	};

	if (cmd == TCGETA) {
		memcpy(old.cc, t->cc, sizeof(old.cc));
		return south_user_write(arg, &old, sizeof(old)) ? -EFAULT : 0;
	}
	return south_user_write(arg, t, cmd == TCGETS2 ? sizeof(*t) : TERMIOS_OLD_SIZE) ?
		-EFAULT : 0;
}

static u32 baud(u32 bits, u32 exact)
{
	static const u32 rates[] = {
		0, 50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19200, 38400,
		57600, 115200, 230400, 460800, 500000, 576000, 921600, 1000000, 1152000, 1500000,
		2000000, 2500000, 3000000, 3500000, 4000000,
	};

	bits &= CBAUD;
	if (bits == BOTHER)
		return exact;
	if (bits & CBAUDEX)
		bits = (bits & ~CBAUDEX) + 15;
	return bits < ARRAY_SIZE(rates) ? rates[bits] : 0;
}

s64 termios_set(const struct termios *t, struct termios *new, u32 cmd, u64 arg)
{
	struct termio old;
	u32 in;

	*new = *t;
	if (cmd >= TCSETA && cmd <= TCSETAF) {
		if (south_user_read(&old, arg, sizeof(old)))
			return -EFAULT;
		new->iflag = (new->iflag & ~0xffffu) | old.iflag;
		new->oflag = (new->oflag & ~0xffffu) | old.oflag;
		new->cflag = (new->cflag & ~0xffffu) | old.cflag;
		new->lflag = (new->lflag & ~0xffffu) | old.lflag;
		new->line = old.line;
		memcpy(new->cc, old.cc, sizeof(old.cc));
	} else if (south_user_read(new, arg, cmd == TCSETS2 || cmd == TCSETSW2 || cmd == TCSETSF2 ?
				   sizeof(*new) : TERMIOS_OLD_SIZE)) {
		return -EFAULT;
	}
	in = new->cflag >> IBSHIFT & CBAUD;
	new->ospeed = baud(new->cflag, new->ospeed);
	new->ispeed = in ? baud(in, new->ispeed) : new->ospeed;
	/* What no terminal here can have otherwise. */
	new->cflag = (new->cflag & ~(CSIZE | PARENB)) | CS8 | CREAD;
	return 0;
}

enum termios_when termios_when(u32 cmd)
{
	switch (cmd) {
	case TCSETS:
	case TCSETS2:
	case TCSETA:
		return TERMIOS_NOW;
	case TCSETSW:
	case TCSETSW2:
	case TCSETAW:
		return TERMIOS_DRAIN;
	case TCSETSF:
	case TCSETSF2:
	case TCSETAF:
		return TERMIOS_FLUSH;
	default:
		return TERMIOS_NOT;
	}
}
