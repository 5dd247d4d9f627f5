// SPDX-License-Identifier: GPL-2.0
/*
 * Four threads of one box at one thing: its descriptors, a pipe, a directory, its mounts,
 * its processes, one open file. What each may count on must be so; and where threads are
 * watched (FLAVOUR=threads), nothing may be touched without its lock.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <mqueue.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include "test.h"

#define THREADS 4
#define DIR_ "/dev/shm/threads"

/* struct worker - one thread, which is a task with the same descriptors, names and process. */
struct worker {
	pthread_t thread;
	struct task *task;
	void (*run)(struct worker *w);
	u32 number, seed;
	s32 next_id;		/* for the processes it makes */
	u64 sum, count;
	char buf[4096];
};

static struct worker workers[THREADS];
static pthread_barrier_t start;
static s32 next_tid = 30000;

static u32 rnd(struct worker *w, u32 n)
{
	w->seed = w->seed * 1103515245 + 12345;
	return (w->seed >> 8) % n;
}

static void *work(void *arg)
{
	struct worker *w = arg;

	hosted_become(w->task);
	pthread_barrier_wait(&start);
	w->run(w);
	return NULL;
}

/* Each of @run, in turns, on the threads. */
static void together(void (*const run[])(struct worker *), u32 runs)
{
	pthread_barrier_init(&start, NULL, THREADS);
	for (u32 i = 0; i < THREADS; i++) {
		struct worker *w = &workers[i];

		*w = (struct worker){ .number = i, .seed = 4711 * (i + 1), .run = run[i % runs] };
		w->next_id = 40000 + (s32)i * 10000;
		EQ(north(SYS_clone, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD,
			 0, 0, 0, 0), 0);
		w->task = hosted_child(++next_tid, getpid());
		OK(w->task);
	}
	for (u32 i = 0; i < THREADS; i++)
		pthread_create(&workers[i].thread, NULL, work, &workers[i]);
	for (u32 i = 0; i < THREADS; i++)
		pthread_join(workers[i].thread, NULL);
	for (u32 i = 0; i < THREADS; i++)
		hosted_exit(workers[i].task);
	pthread_barrier_destroy(&start);
}

#define TOGETHER(...) do {							\
	static void (*const run_[])(struct worker *) = { __VA_ARGS__ };		\
	together(run_, sizeof(run_) / sizeof(run_[0]));				\
} while (0)

/* How many descriptors there are. */
static u32 descriptors(void)
{
	u32 n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += north(SYS_fcntl, fd, F_GETFD) >= 0;
	return n;
}

/* ---- descriptors ---- */

static void hammer_table(struct worker *w)
{
	for (u32 i = 0; i < 3000; i++) {
		s64 fd = 100 + rnd(w, 8);
		int pair[2];

		switch (rnd(w, 9)) {
		case 0:
			north(SYS_dup2, 0, fd);
			break;
		case 1:
			north(SYS_close, fd);
			break;
		case 2:
			north(SYS_fcntl, fd, F_SETFD, rnd(w, 2));
			break;
		case 3:
			north(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 100 + rnd(w, 200));
			break;
		case 4:
			if (!north(SYS_pipe2, pair, O_CLOEXEC)) {
				north(SYS_dup3, pair[rnd(w, 2)], fd, O_CLOEXEC);
				north(SYS_close, pair[0]);
				north(SYS_close, pair[1]);
			}
			break;
		case 5:
			north(SYS_close_range, 110, 310, 0);
			break;
		case 6:
			north(SYS_fcntl, fd, F_GETFL);
			break;
		case 7:
			north(SYS_fstat, fd, w->buf);
			break;
		case 8:
			fd = north(SYS_openat, AT_FDCWD, "/proc/self/fd", O_RDONLY | O_DIRECTORY);
			if (fd >= 0) {
				north(SYS_getdents64, fd, w->buf, sizeof(w->buf));
				north(SYS_close, fd);
			}
			break;
		}
	}
}

TEST(one_table_of_descriptors)
{
	u32 before = descriptors();

	TOGETHER(hammer_table);
	EQ(north(SYS_close_range, 100, ~0u, 0), 0);
	EQ(descriptors(), before);
}

/* Each has the lowest free one, and nobody else has it. */
static u32 owner_of[1024];

static void own_descriptors(struct worker *w)
{
	for (u32 i = 0; i < 3000; i++) {
		s64 fd = north(SYS_dup, 0);

		if (fd < 0 || __atomic_exchange_n(&owner_of[fd], w->number + 1, __ATOMIC_RELAXED))
			w->count++;
		if (fd < 0)
			continue;
		if (__atomic_exchange_n(&owner_of[fd], 0, __ATOMIC_RELAXED) != w->number + 1)
			w->count++;
		north(SYS_close, fd);
	}
}

TEST(a_descriptor_has_one_owner)
{
	TOGETHER(own_descriptors);
	for (u32 i = 0; i < THREADS; i++)
		EQ(workers[i].count, 0);
}

/* An open that gets no descriptor has made nothing, whoever took the last ones meanwhile. */
static void open_or_nothing(struct worker *w)
{
	char name[64];

	for (u32 i = 0; i < 1000; i++) {
		s64 fd, extra = north(SYS_dup, 0);

		snprintf(name, sizeof(name), "/dev/shm/made-%u", w->number);
		fd = north(SYS_openat, AT_FDCWD, name, O_CREAT | O_EXCL | O_RDWR, 0600);
		w->count += fd == -EMFILE;
		w->sum += fd < 0 && (fd != -EMFILE || north(SYS_access, name, 0) != -ENOENT);
		if (fd >= 0) {
			north(SYS_unlink, name);
			north(SYS_close, fd);
		}
		if (extra >= 0)
			north(SYS_close, extra);
	}
}

TEST(an_open_without_a_descriptor_makes_nothing)
{
	s64 rlim[2] = { 0, 4096 }, old[2];

	EQ(north(SYS_prlimit64, 0, 7, 0, old), 0);
	rlim[0] = descriptors() + THREADS;
	rlim[1] = old[1];
	EQ(north(SYS_prlimit64, 0, 7, rlim, 0), 0);
	TOGETHER(open_or_nothing);
	EQ(north(SYS_prlimit64, 0, 7, old, 0), 0);
	for (u32 i = 0; i < THREADS; i++)
		EQ(workers[i].sum, 0);
}

/* ---- one file, whose writers say each for itself whether they append ---- */

static s64 appended;

static void write_in_place(struct worker *w)
{
	for (u32 i = 0; i < 3000; i++)
		w->count += north(SYS_pwrite64, appended, "A", 1, 0) == 1;
}

static void write_behind(struct worker *w)
{
	struct iovec vec = { "B", 1 };

	for (u32 i = 0; i < 3000; i++)
		w->count += north(SYS_pwritev2, appended, &vec, 1, 0, 0, 0x10 /* RWF_APPEND */) == 1;
}

TEST(appending_is_the_matter_of_one_call)
{
	struct stat st;
	char c;

	appended = north(SYS_openat, AT_FDCWD, "/dev/shm/appended", O_CREAT | O_RDWR, 0600);
	EQ(north(SYS_pwrite64, appended, "A", 1, 0), 1);
	TOGETHER(write_in_place, write_behind);
	EQ(north(SYS_fstat, appended, &st), 0);
	EQ(st.st_size, 1 + 3000 * THREADS / 2);
	EQ(north(SYS_fcntl, appended, F_GETFL) & O_APPEND, 0);
	for (off_t i = 0; i < st.st_size; i++) {
		EQ(north(SYS_pread64, appended, &c, 1, i), 1);
		EQ(c, i ? 'B' : 'A');
	}
	EQ(north(SYS_close, appended), 0);
	EQ(north(SYS_unlink, "/dev/shm/appended"), 0);
}

/* ---- pipes ---- */

static int ends[2];
static u32 writers_left;

/* Records of eight bytes: no pipe tears them. */
static void feed(struct worker *w)
{
	for (u64 i = 1; i <= 4000; i++) {
		u64 record = i << 8 | w->number;

		if (north(SYS_write, ends[1], &record, sizeof(record)) != sizeof(record))
			return;
		w->sum += record;
		w->count++;
	}
	if (!__atomic_sub_fetch(&writers_left, 1, __ATOMIC_RELAXED))
		north(SYS_close, ends[1]);
}

static void drain(struct worker *w)
{
	s64 n;

	while ((n = north(SYS_read, ends[0], w->buf, 8 * (1 + rnd(w, 64)))) > 0) {
		for (s64 at = 0; at < n; at += 8) {
			u64 record;

			memcpy(&record, w->buf + at, 8);
			w->sum -= record;
			w->count--;
		}
		north(SYS_ioctl, ends[0], FIONREAD, w->buf);
	}
}

static void whole_records(s64 made)
{
	u64 sum = 0, count = 0;

	EQ(made, 0);
	writers_left = THREADS / 2;
	TOGETHER(feed, drain);
	for (u32 i = 0; i < THREADS; i++) {
		sum += workers[i].sum;
		count += workers[i].count;
	}
	EQ(workers[0].count, 4000);
	EQ(count, 0);
	EQ(sum, 0);
	EQ(north(SYS_close, ends[0]), 0);
}

TEST(one_pipe)
{
	whole_records(north(SYS_pipe, ends));
}

TEST(one_pair_of_sockets)
{
	whole_records(north(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, ends));
}

static int counter;

static void count_up(struct worker *w)
{
	u64 one = 1;

	for (u32 i = 0; i < 4000; i++)
		w->count += north(SYS_write, counter, &one, sizeof(one)) == sizeof(one);
}

static void count_down(struct worker *w)
{
	u64 n;

	while (w->sum < 8000 / (THREADS / 2)) {
		struct pollfd p = { counter, POLLIN, 0 };

		if (north(SYS_poll, &p, 1, 10) == 1 && north(SYS_read, counter, &n, sizeof(n)) == sizeof(n))
			w->sum += n;
	}
}

TEST(one_eventfd)
{
	counter = (int)north(SYS_eventfd2, 0, EFD_SEMAPHORE | EFD_NONBLOCK);
	OK(counter >= 0);
	TOGETHER(count_up, count_down);
	EQ(workers[1].sum + workers[3].sum, workers[0].count + workers[2].count);
	EQ(north(SYS_close, counter), 0);
}

/* ---- epoll ---- */

static int watcher, watched[4];

static void hammer_epoll(struct worker *w)
{
	for (u32 i = 0; i < 1500; i++) {
		struct epoll_event e = { .events = EPOLLIN | (rnd(w, 2) ? (u32)EPOLLET : 0) };
		int fd = watched[rnd(w, 4)];
		u64 n = 1;

		switch (rnd(w, 6)) {
		case 0:
			north(SYS_epoll_ctl, watcher, EPOLL_CTL_ADD, fd, &e);
			break;
		case 1:
			north(SYS_epoll_ctl, watcher, EPOLL_CTL_DEL, fd, &e);
			break;
		case 2:
			north(SYS_epoll_ctl, watcher, EPOLL_CTL_MOD, fd, &e);
			break;
		case 3:
			north(SYS_write, fd, &n, sizeof(n));
			break;
		case 4:
			north(SYS_read, fd, &n, sizeof(n));
			break;
		case 5:
			north(SYS_epoll_wait, watcher, w->buf, 4, 0);
			break;
		}
	}
}

TEST(one_epoll)
{
	struct epoll_event e = { .events = EPOLLIN, .data.u64 = 77 };
	u64 one = 1;

	watcher = (int)north(SYS_epoll_create1, 0);
	for (u32 i = 0; i < 4; i++)
		watched[i] = (int)north(SYS_eventfd2, 0, EFD_NONBLOCK);
	TOGETHER(hammer_epoll);
	/* It works as if nothing had been. */
	for (u32 i = 0; i < 4; i++)
		north(SYS_epoll_ctl, watcher, EPOLL_CTL_DEL, watched[i], &e);
	EQ(north(SYS_epoll_ctl, watcher, EPOLL_CTL_ADD, watched[0], &e), 0);
	EQ(north(SYS_write, watched[0], &one, sizeof(one)), 8);
	memset(&e, 0, sizeof(e));
	EQ(north(SYS_epoll_wait, watcher, &e, 1, 0), 1);
	EQ(e.data.u64, 77);
	for (u32 i = 0; i < 4; i++)
		EQ(north(SYS_close, watched[i]), 0);
	EQ(north(SYS_close, watcher), 0);
}

/* ---- one open file ---- */

static int file;

/* Position and size go with each record: none is lost and none overwritten. */
static void append(struct worker *w)
{
	for (u64 i = 0; i < 1000; i++) {
		u64 record = i << 8 | w->number;

		w->count += north(SYS_write, file, &record, sizeof(record)) == sizeof(record);
		north(SYS_fcntl, file, F_SETFL, i & 1 ? O_NONBLOCK : 0);
		north(SYS_fstat, file, w->buf);
	}
}

TEST(one_position)
{
	u64 record, next[THREADS] = { 0 };

	file = (int)north(SYS_openat, AT_FDCWD, "/dev/shm/threads.file", O_RDWR | O_CREAT, 0600);
	OK(file >= 0);
	TOGETHER(append);
	EQ(north(SYS_lseek, file, 0, SEEK_END), THREADS * 1000 * 8);
	EQ(north(SYS_lseek, file, 0, SEEK_SET), 0);
	for (u32 i = 0; i < THREADS * 1000; i++) {
		EQ(north(SYS_read, file, &record, sizeof(record)), 8);
		EQ(record >> 8, next[record & 3]);
		next[record & 3]++;
	}
	EQ(north(SYS_close, file), 0);
	EQ(north(SYS_unlink, "/dev/shm/threads.file"), 0);
}

static void hammer_locks(struct worker *w)
{
	s64 fd = north(SYS_openat, AT_FDCWD, "/dev/shm/threads.file", O_RDWR);

	for (u32 i = 0; i < 1000; i++) {
		struct flock l = { .l_type = (short)rnd(w, 3), .l_start = rnd(w, 50), .l_len = 1 + rnd(w, 20) };

		north(SYS_fcntl, rnd(w, 2) ? fd : file, F_OFD_SETLK, &l);
		l.l_pid = 0;
		north(SYS_fcntl, file, F_OFD_GETLK, &l);
		if (!rnd(w, 20)) {
			north(SYS_close, fd);
			fd = north(SYS_openat, AT_FDCWD, "/dev/shm/threads.file", O_RDWR);
		}
	}
	north(SYS_close, fd);
}

TEST(locks_of_one_file)
{
	struct flock l = { .l_type = F_WRLCK };

	file = (int)north(SYS_openat, AT_FDCWD, "/dev/shm/threads.file", O_RDWR | O_CREAT, 0600);
	OK(file >= 0);
	TOGETHER(hammer_locks);
	EQ(north(SYS_close, file), 0);
	/* All are gone with their files. */
	file = (int)north(SYS_openat, AT_FDCWD, "/dev/shm/threads.file", O_RDWR);
	EQ(north(SYS_fcntl, file, F_OFD_GETLK, &l), 0);
	EQ(l.l_type, F_UNLCK);
	EQ(north(SYS_close, file), 0);
	EQ(north(SYS_unlink, "/dev/shm/threads.file"), 0);
}

/* ---- names ---- */

static void hammer_names(struct worker *w)
{
	for (u32 i = 0; i < 1500; i++) {
		char a[64], b[64];
		s64 fd;

		sprintf(a, DIR_ "/%u", rnd(w, 6));
		sprintf(b, DIR_ "/%u/%u", rnd(w, 6), rnd(w, 6));
		switch (rnd(w, 9)) {
		case 0:
			north(SYS_mkdir, a, 0755);
			break;
		case 1:
			fd = north(SYS_openat, AT_FDCWD, b, O_RDWR | O_CREAT | O_APPEND, 0644);
			if (fd >= 0) {
				north(SYS_write, fd, a, 8);
				north(SYS_close, fd);
			}
			break;
		case 2:
			north(SYS_rename, a, b);
			break;
		case 3:
			north(SYS_rename, b, a);
			break;
		case 4:
			north(SYS_unlink, b);
			break;
		case 5:
			north(SYS_rmdir, a);
			break;
		case 6:
			fd = north(SYS_openat, AT_FDCWD, rnd(w, 2) ? a : DIR_, O_RDONLY);
			if (fd >= 0) {
				while (north(SYS_getdents64, fd, w->buf, 256) > 0)
					;
				north(SYS_close, fd);
			}
			break;
		case 7:
			north(SYS_stat, b, w->buf);
			north(SYS_chmod, a, 0700 | rnd(w, 64));
			break;
		case 8:
			if (!north(SYS_chdir, a)) {
				north(SYS_getcwd, w->buf, sizeof(w->buf));
				north(SYS_umask, rnd(w, 64));
			}
			break;
		}
	}
}

/* Takes down what is below @path; returns how many names there were. */
static u32 take_down(const char *path, u32 depth)
{
	char list[4096], sub[4096];
	u32 n = 0;
	s64 fd, got;

	OK(depth < 500);
	do {
		fd = north(SYS_openat, AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
		OK(fd >= 0);
		got = north(SYS_getdents64, fd, list, sizeof(list));
		OK(got >= 0);
		EQ(north(SYS_close, fd), 0);
		for (s64 at = 0; at < got; at += *(u16 *)(list + at + 16)) {
			const char *name = list + at + 19;

			if (!strcmp(name, ".") || !strcmp(name, ".."))
				continue;
			snprintf(sub, sizeof(sub), "%.3900s/%.50s", path, name);
			if (list[at + 18] == 4) {
				n += take_down(sub, depth + 1);
				EQ(north(SYS_rmdir, sub), 0);
			} else {
				EQ(north(SYS_unlink, sub), 0);
			}
			n++;
		}
		/* "." and ".." alone: of 24 bytes each. */
	} while (got > 48);
	return n;
}

TEST(one_directory)
{
	EQ(north(SYS_mkdir, DIR_, 0755), 0);
	TOGETHER(hammer_names);
	EQ(north(SYS_chdir, "/"), 0);
	take_down(DIR_, 0);
	EQ(north(SYS_rmdir, DIR_), 0);
}

/* ---- mounts ---- */

static void hammer_mounts(struct worker *w)
{
	for (u32 i = 0; i < 400; i++) {
		char at[64], in[80];
		s64 fd;

		sprintf(at, DIR_ "/%u", rnd(w, 3));
		sprintf(in, "%s/in", at);
		switch (rnd(w, 7)) {
		case 0:
			north(SYS_mount, "none", at, "tmpfs", 0, "mode=700");
			break;
		case 1:
			north(SYS_umount2, at, rnd(w, 2) ? MNT_DETACH : 0);
			break;
		case 2:
			north(SYS_mount, DIR_ "/0", at, NULL, MS_BIND, NULL);
			break;
		case 3:
			north(SYS_mount, NULL, at, NULL, MS_REMOUNT | MS_BIND | (rnd(w, 2) ? MS_RDONLY : 0), NULL);
			break;
		case 4:
			fd = north(SYS_openat, AT_FDCWD, in, O_RDWR | O_CREAT, 0600);
			north(SYS_write, fd, at, 8);
			north(SYS_close, fd);
			break;
		case 5:
			fd = north(SYS_openat, AT_FDCWD, rnd(w, 2) ? "/proc/mounts" : "/proc/self/mountinfo", O_RDONLY);
			while (north(SYS_read, fd, w->buf, 512) > 0)
				;
			north(SYS_close, fd);
			break;
		case 6:
			north(SYS_stat, in, w->buf);
			north(SYS_statfs, at, w->buf);
			break;
		}
	}
}

static u32 mounts(void)
{
	static char text[65536];
	s64 fd = north(SYS_openat, AT_FDCWD, "/proc/mounts", O_RDONLY), n;
	u32 lines = 0, at = 0;

	while ((n = north(SYS_read, fd, text + at, sizeof(text) - 1 - at)) > 0)
		at += (u32)n;
	EQ(north(SYS_close, fd), 0);
	for (u32 i = 0; i < at; i++)
		lines += text[i] == '\n';
	return lines;
}

TEST(mounts_of_one_box)
{
	u32 before = mounts();

	EQ(north(SYS_mkdir, DIR_, 0755), 0);
	for (u32 i = 0; i < 3; i++) {
		char at[64];

		sprintf(at, DIR_ "/%u", i);
		EQ(north(SYS_mkdir, at, 0755), 0);
	}
	TOGETHER(hammer_mounts);
	for (u32 i = 0; i < 3; i++) {
		char at[64];

		sprintf(at, DIR_ "/%u", i);
		while (!north(SYS_umount2, at, MNT_DETACH))
			;
	}
	EQ(mounts(), before);
	take_down(DIR_, 0);
	EQ(north(SYS_rmdir, DIR_), 0);
}

/* ---- System V and POSIX IPC ---- */

static s64 sem_set, msg_queue, mqd, segment;

/* Take and give back; with SEM_UNDO sometimes, which evens out. */
static void hammer_sems(struct worker *w)
{
	for (u32 i = 0; i < 1500; i++) {
		struct sembuf down[] = { { rnd(w, 3), -1, rnd(w, 2) ? SEM_UNDO : 0 }, { rnd(w, 3), 0, IPC_NOWAIT } };
		struct sembuf up = { down[0].sem_num, 1, down[0].sem_flg };
		struct timespec ts = { 0, 20000 };

		if (!north(SYS_semtimedop, sem_set, down, 1 + !rnd(w, 4), &ts)) {
			w->count++;
			if (north(SYS_semop, sem_set, &up, 1))
				w->sum++;
		}
		if (!rnd(w, 16))
			north(SYS_semctl, sem_set, rnd(w, 3), GETNCNT, 0);
	}
}

TEST(one_set_of_semaphores)
{
	unsigned short values[3] = { 2, 1, 0 };

	sem_set = north(SYS_semget, IPC_PRIVATE, 3, 0600);
	OK(sem_set >= 0);
	EQ(north(SYS_semctl, sem_set, 0, SETALL, values), 0);
	TOGETHER(hammer_sems);
	EQ(north(SYS_semctl, sem_set, 0, GETALL, values), 0);
	EQ(values[0], 2);
	EQ(values[1], 1);
	EQ(values[2], 0);
	for (u32 i = 0; i < THREADS; i++) {
		OK(workers[i].count);
		EQ(workers[i].sum, 0);
	}
	EQ(north(SYS_semctl, sem_set, 0, IPC_RMID, 0), 0);
}

struct message {
	long type;
	u64 record;
	char rest[2000];
};

static void send_messages(struct worker *w)
{
	struct message m;

	for (u64 i = 1; i <= 1000; i++) {
		m.type = 1 + rnd(w, 5);
		m.record = i << 8 | w->number;
		if (north(SYS_msgsnd, msg_queue, &m, 8 + rnd(w, 2000), 0))
			return;
		w->sum += m.record;
	}
}

static void receive_messages(struct worker *w)
{
	static const long types[] = { 0, 0, -5, 3 };
	struct message m;

	while (w->count < 1000) {
		int how = (int)rnd(w, 4);

		if (north(SYS_msgrcv, msg_queue, &m, sizeof(m) - 8, types[how], how < 3 ? 0 : IPC_NOWAIT) < 8)
			continue;
		w->sum -= m.record;
		w->count++;
	}
}

TEST(one_queue_of_messages)
{
	u64 sum = 0;

	msg_queue = north(SYS_msgget, IPC_PRIVATE, 0600);
	OK(msg_queue >= 0);
	TOGETHER(send_messages, receive_messages);
	for (u32 i = 0; i < THREADS; i++)
		sum += workers[i].sum;
	EQ(sum, 0);
	EQ(north(SYS_msgctl, msg_queue, IPC_RMID, 0), 0);
}

static void post(struct worker *w)
{
	for (u64 i = 1; i <= 1000; i++) {
		u64 record = i << 8 | w->number;

		if (north(SYS_mq_timedsend, mqd, &record, sizeof(record), rnd(w, 4), 0))
			return;
		w->sum += record;
	}
}

static void collect(struct worker *w)
{
	u64 record;

	while (w->count < 1000) {
		if (north(SYS_mq_timedreceive, mqd, &record, sizeof(record), 0, 0) != sizeof(record))
			return;
		w->sum -= record;
		w->count++;
	}
}

TEST(one_posix_message_queue)
{
	struct mq_attr attr = { .mq_maxmsg = 5, .mq_msgsize = 8 };
	u64 sum = 0;

	mqd = north(SYS_mq_open, "threads", O_RDWR | O_CREAT, 0600, &attr);
	OK(mqd >= 0);
	TOGETHER(post, collect);
	for (u32 i = 0; i < THREADS; i++)
		sum += workers[i].sum;
	EQ(sum, 0);
	EQ(north(SYS_close, mqd), 0);
	EQ(north(SYS_mq_unlink, "threads"), 0);
}

/* Objects come and go under those who use them. */
static void hammer_ids(struct worker *w)
{
	struct sembuf op = { 0, 0, IPC_NOWAIT | SEM_UNDO };
	struct message m = { .type = 1 };

	for (u32 i = 0; i < 300; i++) {
		s32 key = 1 + (s32)rnd(w, 3);
		s64 sem = north(SYS_semget, key, 1, IPC_CREAT | 0600), msg = north(SYS_msgget, key, IPC_CREAT | 0600);
		s64 fd = north(SYS_mq_open, "comes", O_RDWR | O_CREAT | O_NONBLOCK, 0600, 0);

		op.sem_op = (short)rnd(w, 3) - 1;
		north(SYS_semop, sem, &op, 1);
		north(SYS_msgsnd, msg, &m, rnd(w, 100), IPC_NOWAIT);
		north(SYS_msgrcv, msg, &m, 100, 0, IPC_NOWAIT);
		north(SYS_mq_timedsend, fd, &m, 10, 0, 0);
		if (!rnd(w, 4))
			north(SYS_semctl, sem, 0, IPC_RMID, 0);
		if (!rnd(w, 4))
			north(SYS_msgctl, msg, IPC_RMID, 0);
		if (!rnd(w, 4))
			north(SYS_mq_unlink, "comes");
		north(SYS_close, fd);
	}
}

TEST(objects_that_come_and_go)
{
	TOGETHER(hammer_ids);
	for (s32 key = 1; key <= 3; key++) {
		s64 sem = north(SYS_semget, key, 0, 0), msg = north(SYS_msgget, key, 0);

		north(SYS_semctl, sem, 0, IPC_RMID, 0);
		north(SYS_msgctl, msg, IPC_RMID, 0);
	}
	north(SYS_mq_unlink, "comes");
}

static void hammer_segment(struct worker *w)
{
	for (u32 i = 0; i < 5; i++) {
		s64 p = north(SYS_shmat, segment, 0, rnd(w, 2) ? SHM_RDONLY : 0);

		if (p < 0) {
			w->count++;
			continue;
		}
		north(SYS_shmctl, segment, IPC_STAT, w->buf);
		if (north(SYS_shmdt, p))
			w->count++;
	}
}

TEST(one_segment)
{
	segment = north(SYS_shmget, IPC_PRIVATE, 4096, 0600);
	OK(segment >= 0);
	TOGETHER(hammer_segment);
	for (u32 i = 0; i < THREADS; i++)
		EQ(workers[i].count, 0);
	EQ(north(SYS_shmctl, segment, IPC_RMID, 0), 0);
	EQ(north(SYS_shmctl, segment, IPC_RMID, 0), -EINVAL);
}

/* ---- processes ---- */

static void hammer_processes(struct worker *w)
{
	static const char *const files[] = { "status", "stat", "cmdline", "fd", "fdinfo/0", "maps", "cwd" };

	for (u32 i = 0; i < 200; i++) {
		struct task *me = north_current, *child;
		s32 id = ++w->next_id;
		char path[64];
		s64 fd;

		if (north(SYS_fork))
			continue;
		child = hosted_child(id, id);
		hosted_become(child);
		w->count += north(SYS_getpid) == id;
		north(SYS_setresgid, -1, rnd(w, 3), -1);
		north(SYS_setresuid, -1, rnd(w, 3), -1);
		north(SYS_close_range, 3, ~0u, 0);
		north(SYS_dup, 0);
		for (u32 k = 0; k < 4; k++) {
			s32 other = 40000 + (s32)rnd(w, THREADS) * 10000 + (s32)i + (s32)rnd(w, 3);

			sprintf(path, "/proc/%d/%s", other, files[rnd(w, 7)]);
			fd = north(SYS_openat, AT_FDCWD, path, O_RDONLY);
			if (fd >= 0) {
				while (north(SYS_read, fd, w->buf, sizeof(w->buf)) > 0)
					;
				north(SYS_getdents64, fd, w->buf, sizeof(w->buf));
				north(SYS_close, fd);
			}
			north(SYS_readlinkat, AT_FDCWD, path, w->buf, sizeof(w->buf));
			north(SYS_kill, other, 0);
			north(SYS_getpgid, other);
			north(SYS_getpriority, PRIO_PROCESS, other);
			north(SYS_sched_getscheduler, other);
		}
		fd = north(SYS_openat, AT_FDCWD, "/proc", O_RDONLY | O_DIRECTORY);
		while (north(SYS_getdents64, fd, w->buf, sizeof(w->buf)) > 0)
			;
		hosted_exit(child);
		hosted_become(me);
	}
}

TEST(processes_of_one_box)
{
	struct stat st;

	TOGETHER(hammer_processes);
	for (u32 i = 0; i < THREADS; i++) {
		char path[64];

		EQ(workers[i].count, 200);
		sprintf(path, "/proc/%d", workers[i].next_id);
		EQ(north(SYS_stat, path, &st), -ENOENT);
	}
}

/* ---- limits, names and credentials of one process ---- */

static void hammer_process(struct worker *w)
{
	static const u32 groups[] = { 1, 2, 3, 4, 5 };

	for (u32 i = 0; i < 1500; i++) {
		struct rlimit r = { 512 + rnd(w, 100), 1024 };

		switch (rnd(w, 6)) {
		case 0:
			north(SYS_setrlimit, RLIMIT_NOFILE, &r);
			break;
		case 1:
			if (north(SYS_getrlimit, RLIMIT_NOFILE, &r) || r.rlim_cur < 512)
				w->count++;
			break;
		case 2:
			sprintf(w->buf, "host%u", rnd(w, 100));
			north(SYS_sethostname, w->buf, strlen(w->buf));
			break;
		case 3:
			if (north(SYS_uname, w->buf))
				w->count++;
			break;
		case 4:
			north(SYS_setgroups, rnd(w, 5), groups);
			break;
		case 5:
			north(SYS_getgroups, 8, w->buf);
			north(SYS_umask, rnd(w, 64));
			break;
		}
	}
}

TEST(one_process)
{
	struct rlimit r = { 1024, 4096 };

	if (getuid())
		SKIP("needs root");
	TOGETHER(hammer_process);
	for (u32 i = 0; i < THREADS; i++)
		EQ(workers[i].count, 0);
	EQ(north(SYS_prlimit64, 0, RLIMIT_NOFILE, &r, NULL), 0);
}
