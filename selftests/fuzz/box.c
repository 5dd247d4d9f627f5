// SPDX-License-Identifier: GPL-2.0
/* A box a case: made, watched, forgotten. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sanitizer/lsan_interface.h>
#include <stdarg.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>
#include "fuzz.h"
#include "../hosted/south_private.h"

#define TASKS_MAX 16
#define CONFIG_MAX 16
#define HANDLES_MAX 4096
#define FILE_MAX (16u << 20)
/* Looking for leaks takes a while: one case in so many, and each when it is run alone. */
#define LEAKS_EVERY 256

/* All of North's variables: the Makefile gathers them in these two sections. */
extern char __start_north_data[], __stop_north_data[];
extern char __start_north_bss[], __stop_north_bss[];
static char *data_before;

static char config[CONFIG_MAX][256];
static u32 config_lines;
static struct task *tasks[TASKS_MAX];
static u32 ntasks, cases;
static int first_tid, next_tid, null_fd;
static s32 streams_watched;
static u64 asked_flags;
static int asked, suspicious;

/* ---- messages ---- */

static char notes[1 << 16];
static size_t notes_len;

void fuzz_note(const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(notes + notes_len, sizeof(notes) - notes_len - 1, fmt, ap);
	va_end(ap);
	if (n < 0 || notes_len + n + 2 > sizeof(notes))
		return;
	if (getenv("FUZZ_TRACE"))
		fprintf(stderr, "%s\n", notes + notes_len);
	notes_len += n;
	notes[notes_len++] = '\n';
	notes[notes_len] = 0;
}

void fuzz_fail(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "the case so far:\n%s==== ", notes);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs("\n", stderr);
	abort();
}

const char *outcome(s64 r)
{
	static char buf[4][32];
	static u32 turn;
	char *s = buf[turn++ % 4];
	const char *name = r < 0 && r > -134 ? strerrorname_np(-r) : NULL;

	if (name)
		snprintf(s, sizeof(buf[0]), "%s", name);
	else
		snprintf(s, sizeof(buf[0]), "%lld", r);
	return s;
}

/* ---- imports that a box's life depends on ---- */

s32 __wrap_south_config(u32 index, char *buf, u32 size);
s32 __wrap_south_config(u32 index, char *buf, u32 size)
{
	u32 len;

	if (index >= config_lines)
		return -ENOENT;
	len = strlen(config[index]);
	if (len + 1 > size)
		return -EINVAL;
	memcpy(buf, config[index], len + 1);
	return len;
}

s32 __real_hosted_stream(int fd);
s32 __wrap_hosted_stream(int fd);
s32 __wrap_hosted_stream(int fd)
{
	return __real_hosted_stream(null_fd);
}

/* Nothing changes by itself, so nobody needs to be told; but who asks has to take it back. */
s32 __real_south_poll(s32 h, u32 events, u32 *word);
s32 __wrap_south_poll(s32 h, u32 events, u32 *word);
s32 __wrap_south_poll(s32 h, u32 events, u32 *word)
{
	s32 r = __real_south_poll(h, events, NULL);

	streams_watched += r >= 0 && word;
	return r;
}

void __wrap_south_poll_end(s32 h, u32 *word);
void __wrap_south_poll_end(s32 h, u32 *word)
{
	if (--streams_watched < 0)
		fuzz_fail("south_poll_end without south_poll");
}

s32 __real_south_clone(const struct south_clone *c);
s32 __wrap_south_clone(const struct south_clone *c);
s32 __wrap_south_clone(const struct south_clone *c)
{
	asked = 1;
	asked_flags = c->flags;
	return __real_south_clone(c);
}

/* ---- calls ---- */

/* What a handler may return besides a value: Linux's errnos, in-kernel ones included. */
static int errno_is_known(s64 err)
{
	return strerrorname_np(err) || (err >= 512 && err <= 516) || err == 524;
}

s64 box_call(u32 nr, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f)
{
	struct task *me = north_current;
	s64 r;

	hosted_child_fails();
	asked = 0;
	r = north_syscall(nr, a, b, c, d, e, f);
	box_check();
	if (north_current != me)
		fuzz_fail("call %u came back as another task", nr);
	if (r < 0 && r >= -4095 && !errno_is_known(-r))
		fuzz_fail("call %u returned %lld", nr, r);
	return r;
}

s32 box_exec(s32 dirfd, u64 path, const char *const *argv, u32 flags, int finish)
{
	s32 err;

	hosted_child_fails();
	/* The new program's memory has nothing of the old one's in it. */
	guest_unmap();
	err = hosted_exec(dirfd, guest(path), argv, flags, finish);
	box_check();
	return err;
}

void box_check(void)
{
	hosted_returns();
}

int box_asked(void)
{
	return asked;
}

struct task *box_child(void)
{
	int same = asked && asked_flags & CLONE_THREAD;
	s32 *mine = (s32 *)((char *)north_current + sizeof(long));
	struct task *t;

	if (ntasks == TASKS_MAX) {
		hosted_child_fails();
		return NULL;
	}
	t = hosted_child(next_tid, same ? mine[1] : next_tid);
	asked = 0;
	if (t) {
		next_tid++;
		hosted_signal(t, 1);
		tasks[ntasks++] = t;
	}
	return t;
}

u32 box_tasks(void)
{
	return ntasks;
}

struct task *box_task(u32 i)
{
	return tasks[i];
}

void box_exit(struct task *task)
{
	u32 i = 0;

	while (tasks[i] != task)
		i++;
	memmove(tasks + i, tasks + i + 1, (ntasks - i - 1) * sizeof(*tasks));
	ntasks--;
	hosted_exit(task);
	box_check();
}

/* ---- life ---- */

/* Over all of North's variables and what ASan keeps between them, which it must not see. */
static void copy_all(void *dst, const void *src, size_t n)
{
	__asm__ volatile("rep movsb" : "+D"(dst), "+S"(src), "+c"(n) : : "memory");
}

static void clear_all(void *dst, size_t n)
{
	__asm__ volatile("rep stosb" : "+D"(dst), "+c"(n) : "a"(0) : "memory");
}

void box_init(void)
{
	size_t data = __stop_north_data - __start_north_data;

	/* What a box writes lands in the host's memory. */
	setrlimit(RLIMIT_FSIZE, &(struct rlimit){ FILE_MAX, FILE_MAX });
	null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	first_tid = syscall(SYS_gettid);
	guest_init();
	data_before = malloc(data);
	copy_all(data_before, __start_north_data, data);
	guest_reset();
}

void box_config(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(config[config_lines++], sizeof(config[0]), fmt, ap);
	va_end(ap);
}

/* Once a box has ended, what its North believed is of no interest to the next one. */
static void forget(void)
{
	hosted_child_fails();
	for (s32 h = 0; h < HANDLES_MAX && hosted_handles(); h++)
		south_close(h);
	heap_forget();
	copy_all(__start_north_data, data_before, __stop_north_data - __start_north_data);
	clear_all(__start_north_bss, __stop_north_bss - __start_north_bss);
	guest_reset();
	config_lines = 0;
	notes_len = 0;
	notes[0] = 0;
}

struct task *box_begin(void)
{
	struct task *t;

	/* libFuzzer took it after box_init(). */
	signal(SIGXFSZ, SIG_IGN);
	t = hosted_boot();
	next_tid = first_tid + 1;
	hosted_signal(t, 1);
	tasks[0] = t;
	ntasks = 1;
	return t;
}

void box_suspect(void)
{
	suspicious = 1;
}

void box_end(void)
{
	hosted_fail_alloc(0);
	hosted_child_fails();
	while (ntasks)
		box_exit(tasks[ntasks - 1]);
	north_current = NULL;
	if (streams_watched)
		fuzz_fail("%d watches of streams are left", streams_watched);
	if ((cases++ % LEAKS_EVERY == 0 || suspicious) && __lsan_do_recoverable_leak_check())
		fuzz_fail("memory was lost");
	suspicious = 0;
	forget();
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
__attribute__((weak)) void target_init(void)
{
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	box_init();
	target_init();
	return 0;
}
