/* SPDX-License-Identifier: GPL-2.0 */
/* Terminal settings, as user space sees them (asm-generic/termbits.h, ioctls.h). */
#ifndef NORTH_TERMIOS_H
#define NORTH_TERMIOS_H

#include "../base/base.h"

#define NCCS 19

struct termios {
	u32 iflag, oflag, cflag, lflag;
	u8 line;
	u8 cc[NCCS];
	u32 ispeed, ospeed;
};
_Static_assert(sizeof(struct termios) == 44, "struct termios2");
/* TCGETS and TCSETS know nothing of the speeds. */
#define TERMIOS_OLD_SIZE 36

struct winsize {
	u16 rows, cols, xpixel, ypixel;
};

#define VINTR 0
#define VQUIT 1
#define VERASE 2
#define VKILL 3
#define VEOF 4
#define VTIME 5
#define VMIN 6
#define VSTART 8
#define VSTOP 9
#define VSUSP 10
#define VEOL 11
#define VREPRINT 12
#define VWERASE 14
#define VLNEXT 15
#define VEOL2 16

#define IGNBRK 0x1
#define BRKINT 0x2
#define ISTRIP 0x20
#define INLCR 0x40
#define IGNCR 0x80
#define ICRNL 0x100
#define IUCLC 0x200
#define IXON 0x400
#define IXANY 0x800
#define IXOFF 0x1000
#define IMAXBEL 0x2000
#define IUTF8 0x4000
#define INPCK 0x10
#define PARMRK 0x8

#define OPOST 0x1
#define OLCUC 0x2
#define ONLCR 0x4
#define OCRNL 0x8
#define ONOCR 0x10
#define ONLRET 0x20
#define TABDLY 0x1800
#define XTABS 0x1800

#define CBAUD 0x100f
#define CBAUDEX 0x1000
#define BOTHER 0x1000
#define CSIZE 0x30
#define CS8 0x30
#define CREAD 0x80
#define PARENB 0x100
#define HUPCL 0x400
#define B38400 0xf
#define IBSHIFT 16

#define ISIG 0x1
#define ICANON 0x2
#define XCASE 0x4
#define ECHO 0x8
#define ECHOE 0x10
#define ECHOK 0x20
#define ECHONL 0x40
#define NOFLSH 0x80
#define TOSTOP 0x100
#define ECHOCTL 0x200
#define ECHOPRT 0x400
#define ECHOKE 0x800
#define FLUSHO 0x1000
#define PENDIN 0x4000
#define IEXTEN 0x8000
#define EXTPROC 0x10000

#define TCGETS 0x5401
#define TCSETS 0x5402
#define TCSETSW 0x5403
#define TCSETSF 0x5404
#define TCGETA 0x5405
#define TCSETA 0x5406
#define TCSETAW 0x5407
#define TCSETAF 0x5408
#define TCSBRK 0x5409
#define TCXONC 0x540a
#define TCFLSH 0x540b
#define TIOCEXCL 0x540c
#define TIOCNXCL 0x540d
#define TIOCSCTTY 0x540e
#define TIOCGPGRP 0x540f
#define TIOCSPGRP 0x5410
#define TIOCOUTQ 0x5411
#define TIOCSTI 0x5412
#define TIOCGWINSZ 0x5413
#define TIOCSWINSZ 0x5414
#define FIONREAD 0x541b
#define TIOCPKT 0x5420
#define TIOCNOTTY 0x5422
#define TIOCSETD 0x5423
#define TIOCGETD 0x5424
#define TCSBRKP 0x5425
#define TIOCSBRK 0x5427
#define TIOCCBRK 0x5428
#define TIOCGSID 0x5429
#define TCGETS2 0x802c542a
#define TCSETS2 0x402c542b
#define TCSETSW2 0x402c542c
#define TCSETSF2 0x402c542d
#define TIOCGPTN 0x80045430
#define TIOCSPTLCK 0x40045431
#define TIOCGDEV 0x80045432
#define TIOCSIG 0x40045436
#define TIOCGPKT 0x80045438
#define TIOCGPTLCK 0x80045439
#define TIOCGEXCL 0x80045440
#define TIOCGPTPEER 0x5441

#define TCIFLUSH 0
#define TCOFLUSH 1
#define TCIOFLUSH 2
#define TCOOFF 0
#define TCOON 1
#define TCIOFF 2
#define TCION 3

/* As tty_std_termios. */
void termios_init(struct termios *t);
/* termios_get - TCGETS, TCGETS2 or TCGETA to user memory. */
s64 termios_get(const struct termios *t, u32 cmd, u64 arg);
/* termios_set - what one of the TCSET calls makes of @t, in @new. */
s64 termios_set(const struct termios *t, struct termios *new, u32 cmd, u64 arg);
/*
 * Which of the three kinds a TCSET call is: at once, after output, after output and
 * without input.
 */
enum termios_when { TERMIOS_NOW, TERMIOS_DRAIN, TERMIOS_FLUSH, TERMIOS_NOT };
enum termios_when termios_when(u32 cmd);

#endif
