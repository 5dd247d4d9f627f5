// SPDX-License-Identifier: GPL-2.0
/*
 * Terminals: the same input, settings and calls at a pseudo terminal of the box and
 * at a native one must give the same output, reads and answers.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include "both.h"

/* As the kernel has it, not the C library. */
#include <asm-generic/termbits.h>

#define TCGETS2_ _IOR('T', 0x2A, struct termios2)
#define TCSETS2_ _IOW('T', 0x2B, struct termios2)
#define TCSETS_ 0x5402
#define TCSETSF_ 0x5404

static char buf[1 << 16];
static unsigned int rnd_state;

static unsigned int rnd(unsigned int n)
{
	rnd_state = rnd_state * 1103515245 + 12345;
	return (rnd_state >> 8) % n;
}

/* Native terminals work in the background: what was written arrives a little later. */
static void settle(void)
{
	if (native_side)
		usleep(300);
}

static void settle_long(void)
{
	if (native_side)
		usleep(4000);
}

static long long master, slave;

static void open_pty(void)
{
	int zero = 0, n = -1;
	char name[32];

	master = NEW(call(SYS_openat, -100, "/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK));
	SEE(call(SYS_ioctl, master, TIOCSPTLCK, &zero));
	SEE(call(SYS_ioctl, master, TIOCGPTN, &n));
	sprintf(name, "/dev/pts/%d", n);
	slave = NEW(call(SYS_openat, -100, name, O_RDWR | O_NOCTTY | O_NONBLOCK));
}

static void close_pty(void)
{
	SEE(call(SYS_close, slave));
	SEE(call(SYS_close, master));
}

static int polled(long long fd)
{
	struct pollfd p = { fd, POLLIN | POLLOUT | POLLPRI, 0 };
	long long n = call(SYS_poll, &p, 1, 0);

	return n < 0 ? (int)n : p.revents;
}

/* All that an end gives in reads of @size bytes. */
static void read_all(long long fd, unsigned int size)
{
	long long n;
	int count = 0;

	while ((n = call(SYS_read, fd, buf, size)) > 0 || (n == 0 && count < 5)) {
		SEE(n);
		BYTES(buf, n);
		if (++count > 2000)
			break;
	}
	SEE(n);
}

/* The master's side as one text: native reads may split it anywhere. */
static void read_master(void)
{
	static char all[1 << 16];
	long long n, sum = 0;

	settle();
	while (sum < (long long)sizeof(all) && (n = call(SYS_read, master, all + sum, sizeof(all) - sum)) > 0) {
		sum += n;
		settle();
	}
	SEE(n);
	SEE(sum);
	BYTES(all, sum);
}

static void settings(unsigned int i, unsigned int o, unsigned int l)
{
	struct termios2 t;

	SEE(call(SYS_ioctl, slave, TCGETS2_, &t));
	t.c_iflag = i;
	t.c_oflag = o;
	t.c_lflag = l;
	SEE(call(SYS_ioctl, slave, TCSETS2_, &t));
}

#define L_DEFAULT (ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN)

static const unsigned int iflags[] = {
	ICRNL | IXON, 0, ICRNL, INLCR, IGNCR, ISTRIP | ICRNL, IUCLC, IXON | IXANY, IUTF8 | ICRNL,
	PARMRK, ICRNL | IXON | IUTF8 | IMAXBEL,
};
static const unsigned int oflags[] = {
	OPOST | ONLCR, 0, OPOST, OPOST | OCRNL, OPOST | ONOCR | ONLCR, OPOST | ONLRET,
	OPOST | ONLRET | OCRNL, OPOST | ONLCR | XTABS, OPOST | OLCUC | ONLCR,
};
static const unsigned int lflags[] = {
	L_DEFAULT, 0, ICANON, ICANON | ECHO, ICANON | ECHONL, ICANON | ECHO | ECHOE, ISIG,
	ICANON | ECHO | ECHOK, ICANON | ECHO | ECHOE | ECHOK | ECHOKE, ECHO, ECHO | ECHOCTL,
	ICANON | ECHO | ECHOE | ECHOK | ECHOKE | ECHOCTL, L_DEFAULT | ECHOPRT, L_DEFAULT & ~IEXTEN,
	L_DEFAULT | NOFLSH, L_DEFAULT & ~ECHO, ICANON | ISIG | IEXTEN | ECHOPRT | ECHO,
	L_DEFAULT | EXTPROC,
};

static const char *const inputs[] = {
	"hello\n", "hello\r", "one\ntwo\nthree", "abc\177\177d\n", "\177\177\177x\n",
	"some words here\027\027last\n", "kill this\025that\n", "a\tb\177\177\177c\n", "\t\t\177x\177\177\n",
	"ab\tcd\tef\025gh\n", "\001\002\003ctl\033\177\177\n", "end\004more\004\004", "\004", "lit\026\003x\026\177y\n",
	"a\003b\n", "a\034b\n", "a\032b\n", "stop\023hidden\021shown\n", "re\022print\n",
	"h\303\251l\303\251\177\177\177\177o\n", "\303\177\251\n", "Up And Down\n", "hi\r\nthere\n\r",
	"\377\376\n", "tab\there\tand\tthere\n", "x\bback\n", "foo_bar-baz qux\027\027\027\n", "", "\n\n\n",
	"mix\026\n\003\026\004q\004", "12345678\t1\177\177\n", "del\377\177\n", "\026", "\026\026\n",
};

/* Output that the slave writes before and after. */
static const char *const outputs[] = {
	"", "prompt$ ", "col\tumn\n\tx\r\n\b\b", "\r\rlong line of text\r", "lower UPPER \303\251\n\n", "\a\v\f\n",
};

static void one(unsigned int i, unsigned int o, unsigned int l, const char *out, const char *in,
		unsigned int size, int split)
{
	size_t len = strlen(in);
	int n = sprintf(scenario_note, " i %x o %x l %x out \"%s\" size %u in ", i, o, l, out, size);

	for (size_t k = 0; k < len && n < 500; k++)
		n += sprintf(scenario_note + n, in[k] > 32 && in[k] < 127 ? "%c" : "<%02x>", (unsigned char)in[k]);
	open_pty();
	settings(i, o, l);
	SEE(call(SYS_write, slave, out, strlen(out)));
	if (split) {
		for (size_t k = 0; k < len; k++) {
			SEE(call(SYS_write, master, in + k, 1));
			settle();
		}
	} else {
		SEE(call(SYS_write, master, in, len));
	}
	settle_long();
	SEE(polled(slave));
	read_master();
	SEE(call(SYS_ioctl, slave, FIONREAD, buf));
	BYTES(buf, 4);
	read_all(slave, size);
	SEE(call(SYS_write, slave, out, strlen(out)));
	read_master();
	close_pty();
}

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

TEST(every_input_with_the_usual_settings)
{
	for (unsigned int k = 0; k < COUNT(inputs); k++)
		for (unsigned int o = 0; o < COUNT(outputs); o++)
			BOTH(one(ICRNL | IXON, OPOST | ONLCR, L_DEFAULT, outputs[o], inputs[k], 64, 0));
}

TEST(every_input_byte_by_byte)
{
	for (unsigned int k = 0; k < COUNT(inputs); k++)
		BOTH(one(ICRNL | IXON, OPOST | ONLCR, L_DEFAULT, "$ ", inputs[k], 3, 1));
}

TEST(every_input_with_each_local_setting)
{
	for (unsigned int k = 0; k < COUNT(inputs); k++)
		for (unsigned int l = 0; l < COUNT(lflags); l++)
			BOTH(one(ICRNL | IXON, OPOST | ONLCR, lflags[l], "p> ", inputs[k], 5, 0));
}

TEST(every_input_with_each_input_setting)
{
	for (unsigned int k = 0; k < COUNT(inputs); k++)
		for (unsigned int i = 0; i < COUNT(iflags); i++)
			BOTH(one(iflags[i], OPOST | ONLCR, L_DEFAULT, "\tp> ", inputs[k], 64, 0));
}

TEST(every_input_with_each_output_setting)
{
	for (unsigned int k = 0; k < COUNT(inputs); k += 3)
		for (unsigned int o = 0; o < COUNT(oflags); o++)
			for (unsigned int p = 0; p < COUNT(outputs); p++)
				BOTH(one(ICRNL | IXON, oflags[o], L_DEFAULT, outputs[p], inputs[k], 64, 0));
}

TEST(random_settings_and_inputs)
{
	static const char often[] = "abc  \t\n\r\177\027\025\004\026\022\003\023\021\303\251\377\b_9";
	static char in[200];

	for (unsigned int seed = 1; seed <= 400; seed++) {
		unsigned int i, o, l, len;

		rnd_state = seed;
		i = iflags[rnd(COUNT(iflags))];
		o = oflags[rnd(COUNT(oflags))];
		l = lflags[rnd(COUNT(lflags))];
		len = rnd(60);
		for (unsigned int k = 0; k < len; k++) {
			in[k] = rnd(10) ? often[rnd(sizeof(often) - 1)] : (char)(1 + rnd(255));
			/* How much of the echo a native signal catches is a matter of time. */
			if ((in[k] == 3 || in[k] == 26 || in[k] == 28) && (l & (ISIG | NOFLSH)) == ISIG)
				in[k] = 'z';
		}
		in[len] = 0;
		BOTH(one(i, o, l, outputs[rnd_state % COUNT(outputs)], in, 1 + seed % 20, 0));
	}
}

/* ---- VMIN and VTIME ---- */

static void min_time(unsigned int min, unsigned int time, unsigned int have, unsigned int want, int block)
{
	struct termios2 t;
	struct timespec a, b;

	open_pty();
	SEE(call(SYS_ioctl, slave, TCGETS2_, &t));
	t.c_lflag = 0;
	t.c_cc[VMIN] = min;
	t.c_cc[VTIME] = time;
	SEE(call(SYS_ioctl, slave, TCSETS2_, &t));
	if (block)
		SEE(call(SYS_fcntl, slave, F_SETFL, 0));
	SEE(call(SYS_write, master, "0123456789", have));
	settle_long();
	SEE(polled(slave));
	clock_gettime(CLOCK_MONOTONIC, &a);
	SEE(call(SYS_read, slave, buf, want));
	clock_gettime(CLOCK_MONOTONIC, &b);
	/* Two tenths of a second, or none. */
	SEE((b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000 > 150);
	close_pty();
}

TEST(vmin_and_vtime)
{
	BOTH(min_time(1, 0, 5, 10, 1));
	BOTH(min_time(5, 0, 5, 10, 1));
	BOTH(min_time(5, 0, 7, 3, 1));
	BOTH(min_time(5, 0, 3, 3, 1));
	BOTH(min_time(5, 0, 3, 10, 0));
	BOTH(min_time(0, 0, 0, 10, 1));
	BOTH(min_time(0, 0, 3, 10, 1));
	BOTH(min_time(0, 0, 0, 10, 0));
	BOTH(min_time(0, 2, 0, 10, 1));
	BOTH(min_time(0, 2, 0, 10, 0));
	BOTH(min_time(0, 2, 2, 10, 1));
	BOTH(min_time(5, 2, 2, 10, 1));
	BOTH(min_time(5, 2, 6, 10, 1));
}

/* ---- settings, windows, packet mode ---- */

static void see_settings(long long fd)
{
	struct termios2 t;
	unsigned short old[9];

	memset(&t, 0, sizeof(t));
	SEE(call(SYS_ioctl, fd, TCGETS2_, &t));
	SEE(t.c_iflag);
	SEE(t.c_oflag);
	SEE(t.c_cflag);
	SEE(t.c_lflag);
	SEE(t.c_line);
	SEE(t.c_ispeed);
	SEE(t.c_ospeed);
	BYTES(t.c_cc, sizeof(t.c_cc));
	memset(&t, 0, sizeof(t));
	SEE(call(SYS_ioctl, fd, 0x5401, &t));
	BYTES(&t, sizeof(t));
	memset(old, 0, sizeof(old));
	SEE(call(SYS_ioctl, fd, 0x5405, old));
	BYTES(old, 17);
}

static void answers(void)
{
	struct winsize ws = { 24, 80, 1, 2 };
	struct termios2 t;
	struct stat st;
	int n = 7, one_ = 1, zero = 0;

	open_pty();
	see_settings(master);
	see_settings(slave);
	SEE(call(SYS_ioctl, slave, TCGETS2_, &t));
	t.c_cflag = B9600 | CS7 | PARENB | CREAD | HUPCL;
	SEE(call(SYS_ioctl, slave, TCSETS_, &t));
	see_settings(slave);
	t.c_cflag = (t.c_cflag & ~CBAUD) | BOTHER;
	t.c_ospeed = t.c_ispeed = 12345;
	SEE(call(SYS_ioctl, master, TCSETS2_, &t));
	see_settings(slave);
	SEE(call(SYS_ioctl, slave, TCSETSF_, 8));
	SEE(call(SYS_ioctl, master, TIOCSWINSZ, &ws));
	memset(&ws, 0, sizeof(ws));
	SEE(call(SYS_ioctl, slave, TIOCGWINSZ, &ws));
	BYTES(&ws, sizeof(ws));
	SEE(call(SYS_ioctl, slave, TIOCGWINSZ, 8));
	SEE(call(SYS_fstat, slave, &st));
	SEE(st.st_mode & S_IFMT);
	SEE(call(SYS_lseek, slave, 0, 0));
	SEE(call(SYS_pread64, slave, buf, 1, 0));
	SEE(call(SYS_fsync, slave));
	SEE(call(SYS_ioctl, slave, TIOCGPTN, &n));
	SEE(call(SYS_ioctl, slave, TIOCPKT, &one_));
	SEE(call(SYS_ioctl, slave, TIOCGPGRP, &n));
	SEE(call(SYS_ioctl, master, TIOCGPGRP, &n));
	SEE(n);
	SEE(call(SYS_ioctl, slave, TIOCSPGRP, &n));
	SEE(call(SYS_ioctl, slave, TIOCGSID, &n));
	SEE(call(SYS_ioctl, master, TIOCGSID, &n));
	SEE(call(SYS_ioctl, slave, TIOCNOTTY, 0));
	SEE(call(SYS_ioctl, slave, TIOCGETD, &n));
	SEE(n);
	SEE(call(SYS_ioctl, slave, TIOCSETD, &zero));
	SEE(call(SYS_ioctl, slave, TCFLSH, 9));
	SEE(call(SYS_ioctl, slave, TCFLSH, 2));
	SEE(call(SYS_ioctl, slave, TCXONC, 9));
	SEE(call(SYS_ioctl, slave, TCSBRK, 1));
	SEE(call(SYS_ioctl, slave, TCSBRK, 0));
	SEE(call(SYS_ioctl, slave, TIOCOUTQ, &n));
	SEE(n);
	SEE(call(SYS_ioctl, slave, 0x5499, &n));
	SEE(call(SYS_ioctl, slave, TIOCGEXCL, &n));
	SEE(n);
	SEE(call(SYS_ioctl, master, TIOCGPTLCK, &n));
	SEE(n);
	SEE(call(SYS_ioctl, master, TIOCSIG, 99));
	SEE(call(SYS_ioctl, master, TIOCGPTN, 8));
	SEE(call(SYS_write, slave, buf, 0));
	SEE(call(SYS_write, master, buf, 0));
	SEE(call(SYS_read, slave, buf, 0));
	SEE(call(SYS_write, slave, 8, 5));
	SEE(call(SYS_write, master, 8, 5));
	close_pty();
}

TEST(answers_of_both_ends)
{
	BOTH(answers());
}

static void packet(void)
{
	struct termios2 t;
	int on = 1, n;

	open_pty();
	SEE(call(SYS_ioctl, master, TIOCPKT, &on));
	SEE(call(SYS_ioctl, master, TIOCGPKT, &n));
	SEE(n);
	SEE(call(SYS_read, master, buf, 10));
	SEE(call(SYS_write, slave, "abc", 3));
	settle();
	SEE(call(SYS_read, master, buf, 10));
	BYTES(buf, 4);
	SEE(call(SYS_ioctl, slave, TCFLSH, 0));
	SEE(polled(master));
	SEE(call(SYS_read, master, buf, 10));
	SEE(buf[0]);
	SEE(call(SYS_ioctl, slave, TCFLSH, 2));
	SEE(call(SYS_read, master, buf, 10));
	SEE(buf[0]);
	SEE(call(SYS_ioctl, slave, TCXONC, 0));
	SEE(call(SYS_read, master, buf, 10));
	SEE(buf[0]);
	SEE(call(SYS_write, slave, "held", 4));
	SEE(call(SYS_ioctl, slave, TCXONC, 1));
	SEE(call(SYS_read, master, buf, 10));
	SEE(buf[0]);
	SEE(call(SYS_ioctl, slave, TCGETS2_, &t));
	t.c_iflag &= ~IXON;
	SEE(call(SYS_ioctl, slave, TCSETS2_, &t));
	SEE(call(SYS_read, master, buf, 10));
	SEE(buf[0]);
	t.c_iflag |= IXON;
	t.c_lflag |= EXTPROC;
	SEE(call(SYS_ioctl, slave, TCSETS2_, &t));
	SEE(call(SYS_read, master, buf, 10));
	SEE(buf[0]);
	SEE(polled(master));
	on = 0;
	SEE(call(SYS_ioctl, master, TIOCPKT, &on));
	close_pty();
}

TEST(packet_mode)
{
	BOTH(packet());
}

/* Settings changed over data that is there already. */
static void change_over_data(void)
{
	open_pty();
	settings(ICRNL, OPOST, ECHO);
	SEE(call(SYS_write, master, "raw data", 8));
	settle_long();
	settings(ICRNL, OPOST, ICANON | ECHO);
	SEE(polled(slave));
	read_all(slave, 3);
	SEE(call(SYS_write, master, "half a li", 9));
	settle_long();
	SEE(polled(slave));
	settings(ICRNL, OPOST, 0);
	SEE(polled(slave));
	read_all(slave, 64);
	SEE(call(SYS_write, master, "one\ntwo\n", 8));
	settle_long();
	settings(ICRNL, OPOST, ICANON);
	read_all(slave, 64);
	close_pty();
}

TEST(settings_change_over_data)
{
	BOTH(change_over_data());
}

static void long_lines(void)
{
	static char line[6000];
	long long n = 0, k;

	memset(line, 'a', sizeof(line));
	open_pty();
	settings(ICRNL, OPOST, ICANON);
	for (k = 0; k < 6000; k += 500)
		SEE(call(SYS_write, master, line, 500));
	settle_long();
	SEE(polled(slave));
	SEE(call(SYS_write, master, "zz\177y\n", 5));
	settle_long();
	while ((k = call(SYS_read, slave, buf, sizeof(buf))) > 0) {
		SEE(k);
		BYTES(buf, k);
		n += k;
	}
	SEE(n);
	close_pty();
}

TEST(a_line_of_4095_characters_is_the_longest)
{
	BOTH(long_lines());
}

/* More than fits: nothing is lost, and both ends say when they are ready. */
static void full(void)
{
	static char data[100000];
	long long sent = 0, got = 0, n;

	for (unsigned int i = 0; i < sizeof(data); i++)
		data[i] = 'a' + i % 23;
	open_pty();
	settings(0, 0, 0);
	while (got < 50000) {
		n = call(SYS_write, master, data + sent, 7000);
		if (n > 0)
			sent += n;
		settle();
		n = call(SYS_read, slave, buf, 3000);
		if (n > 0) {
			SEE(!memcmp(buf, data + got, n));
			got += n;
		}
	}
	while (sent > got && (n = call(SYS_read, slave, buf, 3000)) > 0) {
		got += n;
		settle();
	}
	SEE(sent - got);
	for (sent = got = 0; got < 50000;) {
		n = call(SYS_write, slave, data + sent, 7000);
		if (n > 0)
			sent += n;
		settle();
		n = call(SYS_read, master, buf, 3000);
		if (n > 0) {
			SEE(!memcmp(buf, data + got, n));
			got += n;
		}
	}
	close_pty();
}

static void full_twice(void)
{
	unsigned int before[2] = { seen_count[0], seen_count[1] };

	full();
	/* How the bytes were split is another matter. */
	for (unsigned int k = before[native_side]; k < seen_count[native_side]; k++)
		if (seen[native_side][k].value != 0 && seen[native_side][k].value != 1)
			SEE(-1);
	seen_count[native_side] = 0;
	SEE(1);
}

TEST(full_terminals_lose_nothing)
{
	BOTH(full_twice());
}

/* ---- names and ends ---- */

static void ends(void)
{
	char name[32];
	int n = -1, lock = 1;
	struct stat st;
	long long again;

	open_pty();
	SEE(call(SYS_ioctl, master, TIOCGPTN, &n));
	sprintf(name, "/dev/pts/%d", n);
	SEE(call(SYS_newfstatat, -100, name, &st, 0));
	SEE(st.st_mode & S_IFMT);
	SEE(st.st_rdev == (unsigned long)(136 << 8 | n));
	SEE(call(SYS_ioctl, master, TIOCSPTLCK, &lock));
	SEE(call(SYS_openat, -100, name, O_RDWR | O_NOCTTY));
	lock = 0;
	SEE(call(SYS_ioctl, master, TIOCSPTLCK, &lock));
	again = NEW(call(SYS_ioctl, master, 0x5441, O_RDWR | O_NOCTTY));
	SEE(call(SYS_write, again, "peer", 4));
	settle();
	SEE(call(SYS_read, master, buf, 10));
	SEE(call(SYS_close, again));
	SEE(call(SYS_close, slave));
	settle();
	SEE(polled(master));
	SEE(call(SYS_read, master, buf, 10));
	SEE(call(SYS_write, master, "into the void\n", 14));
	slave = NEW(call(SYS_openat, -100, name, O_RDWR | O_NOCTTY | O_NONBLOCK));
	SEE(polled(master) & ~POLLIN);
	SEE(call(SYS_write, slave, "back", 4));
	settle();
	SEE(call(SYS_read, master, buf, 100) > 0);
	SEE(call(SYS_close, master));
	settle_long();
	SEE(polled(slave));
	SEE(call(SYS_read, slave, buf, 10));
	SEE(call(SYS_write, slave, "x", 1));
	SEE(call(SYS_ioctl, slave, TIOCGWINSZ, buf));
	SEE(call(SYS_ioctl, slave, TIOCSPGRP, buf));
	SEE(call(SYS_openat, -100, name, O_RDWR | O_NOCTTY));
	SEE(call(SYS_newfstatat, -100, name, &st, 0));
	SEE(call(SYS_close, slave));
}

TEST(names_come_and_go_and_ends_hang_up)
{
	BOTH(ends());
}

TEST(the_directory_lists_terminals)
{
	s64 d = north(SYS_openat, -100, "/dev/pts", O_RDONLY | O_DIRECTORY), n;
	char want[16];
	int found = 0, number = -1;

	native_side = 0;
	open_pty();
	EQ(north(SYS_ioctl, master, TIOCGPTN, &number), 0);
	sprintf(want, "%d", number);
	n = north(SYS_getdents64, d, buf, sizeof(buf));
	OK(n > 0);
	for (s64 at = 0; at < n; at += *(unsigned short *)(buf + at + 16))
		found += !strcmp(buf + at + 19, want);
	EQ(found, 1);
	EQ(north(SYS_close, d), 0);
	close_pty();
}

/* ---- sessions: South's facts are set by hand, signals are looked at ---- */

TEST(signals_go_to_the_foreground_group)
{
	struct south_task *facts = hosted_task(syscall(SYS_gettid)), saved = *facts;
	struct winsize ws = { 1, 2, 3, 4 };
	int n, zero = 0;
	char name[32];
	s64 fd;
	u32 count;

	native_side = 0;
	facts->sid = facts->pgid = facts->pid;
	master = north(SYS_openat, -100, "/dev/ptmx", O_RDWR | O_NONBLOCK);
	EQ(north(SYS_ioctl, master, TIOCSPTLCK, &zero), 0);
	EQ(north(SYS_ioctl, master, TIOCGPTN, &n), 0);
	EQ(north(SYS_openat, -100, "/dev/tty", O_RDWR), -ENXIO);
	sprintf(name, "/dev/pts/%d", n);
	/* A session leader without a terminal gets the one it opens. */
	slave = north(SYS_openat, -100, name, O_RDWR | O_NONBLOCK);
	OK(slave >= 0);
	EQ(north(SYS_ioctl, slave, TIOCGPGRP, &n), 0);
	EQ(n, facts->pgid);
	EQ(north(SYS_ioctl, slave, TIOCGSID, &n), 0);
	EQ(n, facts->sid);
	fd = north(SYS_openat, -100, "/dev/tty", O_RDWR);
	OK(fd >= 0);
	EQ(north(SYS_close, fd), 0);
	count = hosted_last_signal.count;
	EQ(north(SYS_write, master, "\003", 1), 1);
	EQ(hosted_last_signal.count, count + 1);
	EQ(hosted_last_signal.sig, SIGINT);
	EQ(hosted_last_signal.kind, SOUTH_SIGNAL_GROUP);
	EQ(hosted_last_signal.id, facts->pgid);
	EQ(north(SYS_write, master, "\034", 1), 1);
	EQ(hosted_last_signal.sig, SIGQUIT);
	EQ(north(SYS_write, master, "\032", 1), 1);
	EQ(hosted_last_signal.sig, SIGTSTP);
	EQ(north(SYS_ioctl, master, TIOCSWINSZ, &ws), 0);
	EQ(hosted_last_signal.sig, SIGWINCH);
	/* In the background. */
	facts->pgid = 4444;
	EQ(north(SYS_read, slave, buf, 10), -512);
	EQ(hosted_last_signal.sig, SIGTTIN);
	EQ(hosted_last_signal.id, 4444);
	count = hosted_last_signal.count;
	facts->sig_ignored = 1ull << (SIGTTIN - 1);
	EQ(north(SYS_read, slave, buf, 10), -EIO);
	facts->sig_ignored = 0;
	facts->orphaned = 1;
	EQ(north(SYS_read, slave, buf, 10), -EIO);
	facts->orphaned = 0;
	EQ(hosted_last_signal.count, count);
	EQ(north(SYS_write, slave, "x", 1), 1);
	EQ(north(SYS_ioctl, slave, TCFLSH, 2), -512);
	EQ(hosted_last_signal.sig, SIGTTOU);
	facts->sig_blocked = 1ull << (SIGTTOU - 1);
	EQ(north(SYS_ioctl, slave, TCFLSH, 2), 0);
	facts->sig_blocked = 0;
	/* setsid() on the host, of which North isn't told. */
	facts->sid = facts->pgid = 5555;
	EQ(north(SYS_openat, -100, "/dev/tty", O_RDWR), -ENXIO);
	EQ(north(SYS_ioctl, slave, TIOCGPGRP, &n), -ENOTTY);
	EQ(north(SYS_read, slave, buf, 10), -EAGAIN);
	facts->sid = facts->pgid = facts->pid;
	/* The terminal goes: its session leader hears of it. */
	count = hosted_last_signal.count;
	EQ(north(SYS_close, master), 0);
	EQ(hosted_last_signal.count, count + 2);
	EQ(hosted_last_signal.sig, SIGCONT);
	EQ(hosted_last_signal.kind, SOUTH_SIGNAL_PROCESS);
	EQ(north(SYS_read, slave, buf, 10), 0);
	EQ(north(SYS_openat, -100, "/dev/tty", O_RDWR), -ENXIO);
	EQ(north(SYS_close, slave), 0);
	*facts = saved;
}

TEST(controlling_terminals_are_set_and_given_up)
{
	struct south_task *facts = hosted_task(syscall(SYS_gettid)), saved = *facts;
	int n;

	native_side = 0;
	open_pty();
	facts->sid = facts->pgid = facts->pid;
	EQ(north(SYS_ioctl, slave, TIOCSCTTY, 0), 0);
	EQ(north(SYS_ioctl, slave, TIOCSCTTY, 0), 0);
	n = facts->pid;
	EQ(north(SYS_ioctl, slave, TIOCSPGRP, &n), 0);
	n = 4999999;
	EQ(north(SYS_ioctl, slave, TIOCSPGRP, &n), -ESRCH);
	n = -1;
	EQ(north(SYS_ioctl, slave, TIOCSPGRP, &n), -EINVAL);
	EQ(north(SYS_ioctl, slave, TIOCNOTTY, 0), 0);
	EQ(north(SYS_ioctl, slave, TIOCGSID, &n), -ENOTTY);
	EQ(north(SYS_ioctl, slave, TIOCNOTTY, 0), -ENOTTY);
	facts->sid = 1;
	EQ(north(SYS_ioctl, slave, TIOCSCTTY, 0), -EPERM);
	EQ(north(SYS_ioctl, slave, TIOCSTI, "x"), -EIO);
	*facts = saved;
	close_pty();
}

/* ---- waiting ---- */

static void type_later(void *arg)
{
	usleep(20000);
	call(SYS_write, master, arg, strlen(arg));
}

static void reader_waits(void)
{
	struct second s;

	open_pty();
	SEE(call(SYS_fcntl, slave, F_SETFL, 0));
	second_start(&s, type_later, "typed\n");
	SEE(call(SYS_read, slave, buf, 64));
	second_join(&s);
	second_start(&s, type_later, "\004");
	SEE(call(SYS_read, slave, buf, 64));
	second_join(&s);
	close_pty();
}

TEST(a_read_waits_for_a_line)
{
	BOTH(reader_waits());
}

TEST(devices)
{
	static const char *const names[] = { "null", "zero", "full", "random", "urandom" };
	char path[32];

	for (unsigned int k = 0; k < COUNT(names); k++) {
		s64 fd, n;
		struct stat st, nat;

		sprintf(path, "/dev/%s", names[k]);
		fd = north(SYS_openat, -100, path, O_RDWR);
		OK(fd >= 0);
		EQ(north(SYS_fstat, fd, &st), 0);
		OK(!stat(path, &nat));
		EQ(st.st_mode, nat.st_mode);
		EQ(st.st_rdev, nat.st_rdev);
		memset(buf, 1, 1000);
		n = north(SYS_read, fd, buf, 1000);
		EQ(n, k ? 1000 : 0);
		if (k == 1 || k == 2)
			for (int i = 0; i < 1000; i++)
				EQ(buf[i], 0);
		EQ(north(SYS_write, fd, buf, 1000), k == 2 ? -ENOSPC : 1000);
		EQ(north(SYS_pread64, fd, buf, 10, 5), k ? 10 : 0);
		EQ(north(SYS_lseek, fd, 5, 0), 0);
		EQ(north(SYS_close, fd), 0);
	}
}
