// SPDX-License-Identifier: GPL-2.0
/* POSIX message queues, natively and in the box. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <time.h>
#include "both.h"

static unsigned int rnd_state;
static char buf[10000], name[300];

static unsigned int rnd(unsigned int n)
{
	rnd_state = rnd_state * 1103515245 + 12345;
	return (rnd_state >> 8) % n;
}

/* A name that nobody else has, natively. */
static const char *own(int n)
{
	snprintf(name, sizeof(name), "test_mqueue.%d.%d", getpid(), n);
	return name;
}

static void state(long long fd)
{
	struct pollfd p = { (int)fd, POLLIN | POLLOUT, 0 };
	struct mq_attr attr;

	memset(&attr, 0xff, sizeof(attr));
	SEE(call(SYS_mq_getsetattr, fd, 0, &attr));
	BYTES(&attr, sizeof(attr));
	SEE(call(SYS_poll, &p, 1, 0));
	SEE(p.revents);
}

/* Sends and receives without waiting: by priority, then by age. */
static void random_queue(unsigned int seed)
{
	struct mq_attr attr = { .mq_maxmsg = 1 + seed % 10, .mq_msgsize = 50 };
	unsigned int priority;
	long long fd, n;

	rnd_state = seed;
	NEW(fd = call(SYS_mq_open, own(0), O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK, 0600, &attr));
	for (int step = 0; step < 300; step++) {
		switch (rnd(5)) {
		case 0 ... 1:
			memset(buf, step, sizeof(buf));
			SEE(call(SYS_mq_timedsend, fd, buf, rnd(20) ? rnd(51) : 51, rnd(4), 0));
			break;
		case 2 ... 3:
			memset(buf, 0xee, sizeof(buf));
			priority = 77;
			SEE(n = call(SYS_mq_timedreceive, fd, buf, rnd(20) ? 50 : 49, &priority, 0));
			BYTES(buf, 60);
			SEE(priority);
			break;
		case 4:
			SEE(n = call(SYS_pread64, fd, buf, sizeof(buf), 0));
			BYTES(buf, n);
			break;
		}
		state(fd);
	}
	SEE(call(SYS_mq_unlink, own(0)));
	SEE(call(SYS_close, fd));
}

TEST(message_queues_do_what_linux_does)
{
	for (unsigned int seed = 1; seed <= 20; seed++)
		BOTH(random_queue(seed));
}

static void errnos(void)
{
	struct mq_attr attr = { .mq_maxmsg = 4, .mq_msgsize = 20 }, bad[] = {
		{ .mq_maxmsg = 0, .mq_msgsize = 10 }, { .mq_maxmsg = 10, .mq_msgsize = -1 },
		{ .mq_maxmsg = 100000, .mq_msgsize = 10 }, { .mq_maxmsg = 10, .mq_msgsize = 1 << 30 },
	};
	struct timespec past = { 1, 0 }, odd = { 0, -1 }, before = { -1, 0 };
	struct sigevent e = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = 65 };
	static char longest[300];
	struct stat st;
	long long fd, ro, wo;

	memset(longest, 'x', 299);
	SEE(call(SYS_mq_open, own(1), O_RDWR, 0600, 0));
	SEE(call(SYS_mq_open, "", O_RDWR | O_CREAT, 0600, 0));
	SEE(call(SYS_mq_open, "a/b", O_RDWR | O_CREAT, 0600, 0));
	SEE(call(SYS_mq_open, "/a", O_RDWR | O_CREAT, 0600, 0));
	SEE(call(SYS_mq_open, ".", O_RDONLY, 0600, 0));
	SEE(call(SYS_mq_open, "..", O_RDONLY, 0600, 0));
	SEE(call(SYS_mq_open, longest, O_RDWR | O_CREAT, 0600, 0));
	SEE(call(SYS_mq_open, 8, O_RDWR | O_CREAT, 0600, 0));
	SEE(call(SYS_mq_open, own(1), O_RDWR | O_CREAT, 0600, 8));
	for (int i = 0; i < 4; i++)
		SEE(call(SYS_mq_open, own(1), O_RDWR | O_CREAT, 0600, &bad[i]));
	SEE(call(SYS_mq_unlink, own(1)));
	SEE(call(SYS_mq_unlink, ""));
	SEE(call(SYS_mq_unlink, "."));
	NEW(fd = call(SYS_mq_open, own(1), O_RDWR | O_CREAT | O_EXCL, 0640, &attr));
	SEE(call(SYS_mq_open, own(1), O_RDWR | O_CREAT | O_EXCL, 0640, &attr));
	SEE(call(SYS_mq_open, own(1), 3, 0640, &attr));
	NEW(ro = call(SYS_mq_open, own(1), O_RDONLY | O_NONBLOCK, 0, 0));
	NEW(wo = call(SYS_mq_open, own(1), O_WRONLY | O_CREAT, 0, bad));
	SEE(call(SYS_fcntl, ro, F_GETFD));
	SEE(call(SYS_fcntl, ro, F_GETFL) & ~O_LARGEFILE);
	SEE(call(SYS_fstat, fd, &st));
	SEE(st.st_mode);
	SEE(st.st_size);
	SEE(st.st_nlink);
	SEE(call(SYS_mq_timedsend, fd, buf, 20, 32768, 0));
	SEE(call(SYS_mq_timedsend, fd, buf, 20, 32767, &odd));
	SEE(call(SYS_mq_timedsend, fd, buf, 20, 32767, &before));
	SEE(call(SYS_mq_timedsend, fd, buf, 20, 32767, 8));
	SEE(call(SYS_mq_timedsend, fd, buf, 20, 32767, &past));
	SEE(call(SYS_mq_timedsend, fd, 8, 20, 0, 0));
	SEE(call(SYS_mq_timedsend, ro, buf, 20, 0, 0));
	SEE(call(SYS_mq_timedsend, -1, buf, 20, 0, 0));
	SEE(call(SYS_mq_timedsend, 0, buf, 20, 0, 0));
	SEE(call(SYS_mq_timedreceive, wo, buf, 20, 0, 0));
	SEE(call(SYS_mq_timedreceive, fd, buf, 20, 8, 0));
	SEE(call(SYS_mq_timedreceive, fd, buf, 20, 0, &past));
	SEE(call(SYS_mq_timedreceive, fd, buf, 20, 0, &before));
	SEE(call(SYS_mq_timedreceive, ro, buf, 20, 0, 0));
	SEE(call(SYS_mq_getsetattr, fd, 8, 0));
	attr.mq_flags = O_APPEND;
	SEE(call(SYS_mq_getsetattr, fd, &attr, 0));
	attr.mq_flags = O_NONBLOCK;
	SEE(call(SYS_mq_getsetattr, fd, &attr, &bad[0]));
	BYTES(&bad[0], sizeof(bad[0]));
	SEE(call(SYS_mq_getsetattr, fd, 0, 8));
	SEE(call(SYS_mq_getsetattr, 0, 0, &attr));
	SEE(call(SYS_mq_timedreceive, fd, buf, 20, 0, 0));
	SEE(call(SYS_mq_notify, fd, 8));
	SEE(call(SYS_mq_notify, fd, &e));
	e.sigev_notify = 7;
	SEE(call(SYS_mq_notify, fd, &e));
	e = (struct sigevent){ .sigev_notify = SIGEV_THREAD, .sigev_signo = (int)fd };
	SEE(call(SYS_mq_notify, fd, &e));
	e.sigev_value.sival_ptr = buf;
	SEE(call(SYS_mq_notify, fd, &e));
	e.sigev_signo = -1;
	SEE(call(SYS_mq_notify, fd, &e));
	e.sigev_notify = SIGEV_NONE;
	SEE(call(SYS_mq_notify, 0, &e));
	SEE(call(SYS_mq_notify, fd, &e));
	SEE(call(SYS_mq_notify, fd, &e));
	SEE(call(SYS_mq_notify, ro, 0));
	SEE(call(SYS_mq_notify, ro, 0));
	SEE(call(SYS_mq_notify, fd, &e));
	SEE(call(SYS_close, wo));
	SEE(call(SYS_mq_notify, fd, &e));
	SEE(call(SYS_write, fd, buf, 1));
	SEE(call(SYS_mmap, 0, 4096, 1, 2, ro, 0));
	SEE(call(SYS_lseek, fd, 5, SEEK_SET));
	SEE(call(SYS_read, fd, buf, 10));
	BYTES(buf, 10);
	SEE(call(SYS_mq_unlink, own(1)));
	SEE(call(SYS_mq_unlink, own(1)));
	SEE(call(SYS_mq_timedsend, fd, buf, 20, 0, 0));
	SEE(call(SYS_close, fd));
	SEE(call(SYS_close, ro));
}

TEST(errnos_of_message_queues)
{
	BOTH(errnos());
}

struct peer {
	struct second s;
	char text[64];
	long long fd, result;
	unsigned int priority;
	int receives, started;
};

static void peer_main(void *arg)
{
	struct peer *p = arg;

	__atomic_store_n(&p->started, 1, __ATOMIC_SEQ_CST);
	p->result = p->receives ? call(SYS_mq_timedreceive, p->fd, p->text, 50, &p->priority, 0) :
				  call(SYS_mq_timedsend, p->fd, p->text, strlen(p->text), p->priority, 0);
}

static void peer_start(struct peer *p, long long fd, int receives, const char *text, unsigned int priority)
{
	*p = (struct peer){ .fd = fd, .receives = receives, .priority = priority };
	strcpy(p->text, text);
	second_start(&p->s, peer_main, p);
	while (!__atomic_load_n(&p->started, __ATOMIC_SEQ_CST))
		usleep(100);
	usleep(20000);
}

static void peer_end(struct peer *p)
{
	second_join(&p->s);
	SEE(p->result);
	SEE(p->priority);
	BYTES(p->text, sizeof(p->text));
}

static void sleepers(void)
{
	struct mq_attr attr = { .mq_maxmsg = 2, .mq_msgsize = 50 };
	unsigned int priority;
	struct peer p[3];
	long long fd, n;

	NEW(fd = call(SYS_mq_open, own(2), O_RDWR | O_CREAT | O_EXCL, 0600, &attr));
	peer_start(&p[0], fd, 1, "", 0);
	peer_start(&p[1], fd, 1, "", 0);
	SEE(call(SYS_mq_timedsend, fd, "first", 5, 1, 0));
	peer_end(&p[0]);
	SEE(call(SYS_mq_timedsend, fd, "second", 6, 9, 0));
	peer_end(&p[1]);
	SEE(call(SYS_mq_timedsend, fd, "one", 3, 1, 0));
	SEE(call(SYS_mq_timedsend, fd, "two", 3, 2, 0));
	peer_start(&p[0], fd, 0, "three", 1);
	peer_start(&p[1], fd, 0, "four", 7);
	state(fd);
	for (int i = 0; i < 4; i++) {
		memset(buf, 0, 50);
		SEE(n = call(SYS_mq_timedreceive, fd, buf, 50, &priority, 0));
		SEE(priority);
		BYTES(buf, n);
	}
	peer_end(&p[0]);
	peer_end(&p[1]);
	state(fd);
	SEE(call(SYS_mq_unlink, own(2)));
	SEE(call(SYS_close, fd));
}

TEST(sleepers_of_a_message_queue)
{
	BOTH(sleepers());
}

TEST(who_asks_is_told_once)
{
	struct sigevent e = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1,
			      .sigev_value.sival_ptr = &e };
	siginfo_t info = { 0 };
	struct mq_attr attr = { .mq_maxmsg = 3, .mq_msgsize = 50 };
	long long fd = north(SYS_mq_open, "told", O_RDWR | O_CREAT, 0600, &attr);
	unsigned int count = hosted_last_signal.count;

	EQ(north(SYS_mq_notify, fd, &e), 0);
	EQ(north(SYS_pread64, fd, buf, 100, 0), 60);
	OK(!strncmp(buf, "QSIZE:0          NOTIFY:0     SIGNO:10    NOTIFY_PID:", 53));
	EQ(north(SYS_mq_timedsend, fd, "x", 1, 0, 0), 0);
	EQ(hosted_last_signal.count, count + 1);
	EQ(hosted_last_signal.sig, SIGUSR1);
	EQ(hosted_last_signal.id, getpid());
	OK(hosted_last_signal.told);
	memcpy(&info, hosted_last_signal.info, SOUTH_SIGINFO_SIZE);
	EQ(info.si_code, SI_MESGQ);
	EQ(info.si_pid, getpid());
	EQ(info.si_uid, 0);
	OK(info.si_ptr == &e);
	EQ(north(SYS_mq_timedreceive, fd, buf, 50, 0, 0), 1);
	EQ(north(SYS_mq_timedsend, fd, "x", 1, 0, 0), 0);
	EQ(hosted_last_signal.count, count + 1);
	/* It isn't empty: what comes is no news. */
	EQ(north(SYS_mq_notify, fd, &e), 0);
	EQ(north(SYS_mq_timedsend, fd, "x", 1, 0, 0), 0);
	EQ(hosted_last_signal.count, count + 1);
	EQ(north(SYS_close, fd), 0);
	EQ(north(SYS_mq_unlink, "told"), 0);
}

TEST(a_signal_ends_the_wait)
{
	long long fd = north(SYS_mq_open, "wait", O_RDWR | O_CREAT, 0600, 0);

	hosted_signal(north_current, 1);
	EQ(north(SYS_mq_timedreceive, fd, buf, sizeof(buf), 0, 0), -512);
	hosted_signal(north_current, 0);
	EQ(north(SYS_close, fd), 0);
	EQ(north(SYS_mq_unlink, "wait"), 0);
}

TEST(queues_are_files_of_dev_mqueue)
{
	struct statfs fs;
	struct stat st;
	long long fd, n;

	north(SYS_umask, 022);
	fd = north(SYS_mq_open, "file", O_RDWR | O_CREAT, 0622, 0);
	OK(fd >= 0);
	EQ(north(SYS_stat, "/dev/mqueue", &st), 0);
	EQ(st.st_mode, S_IFDIR | 01777);
	EQ(north(SYS_stat, "/dev/mqueue/file", &st), 0);
	EQ(st.st_mode, S_IFREG | 0600);
	EQ(st.st_size, 80);
	EQ(north(SYS_statfs, "/dev/mqueue", &fs), 0);
	EQ(fs.f_type, 0x19800202);
	EQ(north(SYS_mkdir, "/dev/mqueue/dir", 0700), -EPERM);
	EQ(north(SYS_link, "/dev/mqueue/file", "/dev/mqueue/other"), -EPERM);
	EQ(north(SYS_rename, "/dev/mqueue/file", "/dev/mqueue/other"), -EPERM);
	EQ(north(SYS_chmod, "/dev/mqueue/file", 0600), 0);
	n = north(SYS_openat, AT_FDCWD, "/dev/mqueue/made", O_RDWR | O_CREAT, 0600);
	OK(n >= 0);
	EQ(north(SYS_mq_timedsend, n, "x", 1, 0, 0), 0);
	EQ(north(SYS_close, n), 0);
	EQ(north(SYS_unlink, "/dev/mqueue/made"), 0);
	EQ(north(SYS_mq_unlink, "made"), -ENOENT);
	/* It goes with its last descriptor. */
	EQ(north(SYS_unlink, "/dev/mqueue/file"), 0);
	EQ(north(SYS_mq_timedsend, fd, "x", 1, 0, 0), 0);
	EQ(north(SYS_close, fd), 0);
	EQ(north(SYS_mkdir, "/dev/shm/mq", 0700), 0);
	EQ(north(SYS_mount, "none", "/dev/shm/mq", "mqueue", 0, 0), 0);
	fd = north(SYS_mq_open, "both", O_RDWR | O_CREAT, 0620, 0);
	EQ(north(SYS_stat, "/dev/shm/mq/both", &st), 0);
	EQ(north(SYS_umount2, "/dev/shm/mq", 0), 0);
	EQ(north(SYS_rmdir, "/dev/shm/mq"), 0);
	EQ(north(SYS_close, fd), 0);
	EQ(north(SYS_mq_unlink, "both"), 0);
}

TEST(limits_and_permissions)
{
	struct task *me = north_current, *t = hosted_enter(45001, 45001);
	struct mq_attr attr = { .mq_maxmsg = 11, .mq_msgsize = 10 };
	long long fds[64], fd;
	int n = 0;

	hosted_task(45001)->rlim_cur[12] = 819200;
	fd = north(SYS_mq_open, "private", O_RDWR | O_CREAT, 0600, 0);
	OK(fd >= 0);
	hosted_become(t);
	EQ(north(SYS_setresuid, 1000, 1000, 1000), 0);
	EQ(north(SYS_mq_open, "private", O_RDWR, 0, 0), -EACCES);
	EQ(north(SYS_mq_unlink, "private"), -EPERM);
	EQ(north(SYS_mq_open, "mine", O_RDWR | O_CREAT, 0600, &attr), -EINVAL);
	for (; n < 64; n++) {
		fds[n] = north(SYS_mq_open, own(n), O_RDWR | O_CREAT, 0, 0);
		if (fds[n] < 0)
			break;
	}
	/* As many as RLIMIT_MSGQUEUE lets the user have. */
	EQ(n, 819200 / (10 * (8192 + 96)));
	EQ(fds[n], -EMFILE);
	while (n--) {
		EQ(north(SYS_close, fds[n]), 0);
		EQ(north(SYS_mq_unlink, own(n)), 0);
	}
	hosted_become(me);
	hosted_exit(t);
	EQ(north(SYS_close, fd), 0);
	EQ(north(SYS_mq_unlink, "private"), 0);
}
