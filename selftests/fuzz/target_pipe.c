// SPDX-License-Identifier: GPL-2.0
/*
 * Pipes against a model: a queue of pieces, each of at most a page, as pipe(7) and
 * Linux's merging rule have them. Nobody ever waits: what would sleep is interrupted.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include "fuzz.h"

#define PAGE 4096u
#define PIPES 3
#define ENDS 24
#define SLOTS_MAX 256u
#define RESTARTSYS 512
#define LEN_MAX 70000u

/* Where things lie in the guest's memory. */
#define AT_FDS  GUEST
#define AT_IOV  (GUEST + 64)
#define AT_POLL (GUEST + 128)
#define AT_OFF  (GUEST + 192)
#define AT_PATH (GUEST + 256)
#define AT_DATA (GUEST + 0x1000)
#define AT_BACK (GUEST + 0x40000)

struct piece {
	u8 bytes[PAGE];
	u32 off, len;
	int packet;
	int fixed;	/* spliced: a write adds nothing to it */
};

struct pipe {
	struct piece *pieces[SLOTS_MAX];
	u32 count, slots, readers, writers;
};

/* struct file - an open file description: one end, or the regular file. */
struct file {
	struct pipe *pipe;
	int writes, refs;
	u32 flags;
};

static struct pipe pipes[PIPES];
static struct file files[ENDS];
static struct file *fds[ENDS];	/* by descriptor */
static u32 sigpipes, file_fd;
static u64 file_pos;
static u8 next_byte;
static u8 file_bytes[3 * PAGE];

/* ---- the model ---- */

static u32 queued(const struct pipe *p)
{
	u32 n = 0;

	for (u32 i = 0; i < p->count; i++)
		n += p->pieces[i]->len;
	return n;
}

static s64 would_wait(const struct file *f)
{
	return f->flags & O_NONBLOCK ? -EAGAIN : -RESTARTSYS;
}

/* @from: where sendfile() reads the file, whose pages the pieces are of then; or NOT_SPLICED. */
#define NOT_SPLICED ~0u
static s64 model_write(struct file *f, const u8 *data, u32 len, u32 from)
{
	struct pipe *p = f->pipe;
	int spliced = from != NOT_SPLICED;
	int packet = !spliced && f->flags & O_DIRECT;
	u32 done = 0, rest = len % PAGE;

	if (!len)
		return 0;
	if (!p->readers) {
		sigpipes++;
		return -EPIPE;
	}
	if (rest && p->count && !packet && !spliced) {
		struct piece *last = p->pieces[p->count - 1];

		if (!last->packet && !last->fixed && last->off + last->len + rest <= PAGE) {
			memcpy(last->bytes + last->off + last->len, data, rest);
			last->len += rest;
			done = rest;
		}
	}
	while (done < len && p->count < p->slots) {
		struct piece *piece = calloc(1, sizeof(*piece));
		u32 most = spliced ? PAGE - (from + done) % PAGE : PAGE;
		u32 n = len - done < most ? len - done : most;

		memcpy(piece->bytes, data + done, n);
		piece->len = n;
		piece->packet = packet;
		piece->fixed = spliced;
		p->pieces[p->count++] = piece;
		done += n;
	}
	return done ? done : would_wait(f);
}

static s64 model_read(struct file *f, u8 *data, u32 len)
{
	struct pipe *p = f->pipe;
	u32 done = 0;

	if (!len)
		return 0;
	if (!p->count)
		return p->writers ? would_wait(f) : 0;
	while (done < len && p->count) {
		struct piece *piece = p->pieces[0];
		u32 n = len - done < piece->len ? len - done : piece->len;
		int packet = piece->packet;

		memcpy(data + done, piece->bytes + piece->off, n);
		done += n;
		piece->off += n;
		piece->len -= n;
		if (piece->len && !packet)
			break;
		free(piece);
		memmove(p->pieces, p->pieces + 1, --p->count * sizeof(*p->pieces));
		if (packet)
			break;
	}
	return done;
}

static s64 model_resize(struct pipe *p, u32 bytes)
{
	u32 slots = 1;

	if (bytes > 1u << 31)
		return -EINVAL;
	if (bytes > SLOTS_MAX * PAGE)
		return -EPERM;
	while (slots * PAGE < bytes)
		slots *= 2;
	if (slots < p->count)
		return -EBUSY;
	p->slots = slots;
	return slots * PAGE;
}

static u32 model_poll(const struct file *f)
{
	const struct pipe *p = f->pipe;
	u32 ready = 0;

	if (f->writes) {
		if (p->count < p->slots)
			ready |= POLLOUT | POLLWRNORM;
		if (!p->readers)
			ready |= POLLERR;
	} else {
		if (p->count)
			ready |= POLLIN | POLLRDNORM;
		if (!p->writers)
			ready |= POLLHUP;
	}
	return ready;
}

static void model_close(u32 fd)
{
	struct file *f = fds[fd];
	struct pipe *p = f->pipe;

	fds[fd] = NULL;
	if (--f->refs)
		return;
	if (f->writes)
		p->writers--;
	else
		p->readers--;
	while (!p->readers && !p->writers && p->count)
		free(p->pieces[--p->count]);
}

static struct file *model_file(struct pipe *p, int writes, u32 flags)
{
	struct file *f = files;

	while (f->refs)
		f++;
	*f = (struct file){ p, writes, 1, flags };
	return f;
}

/* ---- the operations ---- */

static void same(const char *what, u32 fd, s64 got, s64 want)
{
	fuzz_note("%s(%u) = %s", what, fd, outcome(got));
	if (got != want)
		fuzz_fail("%s(%u): %s in the box, %s in the model", what, fd, outcome(got),
			  outcome(want));
}

static u32 length(struct input *in)
{
	static const u32 some[] = { 0, 1, 7, 100, 4095, 4096, 4097, 8192, 5000, 65535, 65536, 65537 };
	u32 b = take8(in);

	return b & 0x80 ? some[b % ARRAY_SIZE(some)] : b & 0x40 ? take16(in) : b;
}

/* New bytes for the pipe, no two runs of them alike. */
static u8 *fresh(u32 len)
{
	u8 *data = guest(AT_DATA);

	for (u32 i = 0; i < len; i++)
		data[i] = next_byte++ * 7 + i / 256;
	return data;
}

static void op_pipe(struct input *in)
{
	static const u32 some[] = { 0, O_NONBLOCK, O_DIRECT, O_DIRECT | O_NONBLOCK, O_CLOEXEC, 1 };
	u32 flags = some[pick(in, ARRAY_SIZE(some))];
	struct pipe *p = NULL;
	int *pair = guest(AT_FDS);
	s64 r;

	for (u32 i = 0; i < PIPES; i++)
		if (!pipes[i].readers && !pipes[i].writers)
			p = &pipes[i];
	if (!p)
		return;
	r = sys(SYS_pipe2, AT_FDS, flags);
	same("pipe2", flags, r, flags == 1 ? -EINVAL : 0);
	if (r)
		return;
	MUST(pair[0] >= 0 && pair[1] > pair[0]);
	if (pair[1] >= ENDS) {
		sys(SYS_close, pair[0]);
		sys(SYS_close, pair[1]);
		return;
	}
	MUST(!fds[pair[0]] && !fds[pair[1]]);
	*p = (struct pipe){ .slots = 16, .readers = 1, .writers = 1 };
	fds[pair[0]] = model_file(p, 0, flags & O_NONBLOCK);
	fds[pair[1]] = model_file(p, 1, flags & (O_NONBLOCK | O_DIRECT));
}

/* A part of it by each of two vectors if @split. */
static s64 transfer(u32 nr, u32 nr_vector, u32 fd, u64 at, u32 len, u32 split)
{
	struct iovec *v = guest(AT_IOV);

	if (!split)
		return sys(nr, fd, at, len);
	v[0] = (struct iovec){ guest(at), len / 3 };
	v[1] = (struct iovec){ guest(at + len / 3), len - len / 3 };
	return sys(nr_vector, fd, AT_IOV, 2);
}

static void op_write(struct input *in, u32 fd)
{
	u32 len = length(in), split = pick(in, 4) == 0;
	u8 *data = fresh(len);
	s64 r;

	r = transfer(SYS_write, SYS_writev, fd, AT_DATA, len, split);
	same("write", fd, r, fds[fd]->writes ? model_write(fds[fd], data, len, NOT_SPLICED) : -EBADF);
}

static void op_read(struct input *in, u32 fd)
{
	static u8 want[LEN_MAX];
	u32 len = length(in), split = pick(in, 4) == 0;
	s64 r, n;

	memset(guest(AT_BACK), 0xee, len + 1);
	n = fds[fd]->writes ? -EBADF : model_read(fds[fd], want, len);
	r = transfer(SYS_read, SYS_readv, fd, AT_BACK, len, split);
	same("read", fd, r, n);
	if (n > 0 && memcmp(want, guest(AT_BACK), n))
		fuzz_fail("read(%u): other bytes than were written", fd);
	if (((u8 *)guest(AT_BACK))[n > 0 ? n : 0] != 0xee)
		fuzz_fail("read(%u): bytes behind the end were changed", fd);
}

static void op_poll(u32 fd)
{
	struct pollfd *p = guest(AT_POLL);
	u32 want = model_poll(fds[fd]);

	*p = (struct pollfd){ (int)fd, POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM, 0 };
	same("poll", fd, sys(SYS_poll, AT_POLL, 1, 0), !!want);
	same("revents", fd, p->revents, want);
}

static void op_size(struct input *in, u32 fd)
{
	static const u32 some[] = { 0, 1, 4096, 4097, 65536, 100000, 1 << 20, (1 << 20) + 1,
				    1u << 31, (1u << 31) + 1, ~0u };
	u32 bytes = some[pick(in, ARRAY_SIZE(some))];

	if (pick(in, 2))
		same("F_SETPIPE_SZ", fd, sys(SYS_fcntl, fd, F_SETPIPE_SZ, bytes),
		     model_resize(fds[fd]->pipe, bytes));
	same("F_GETPIPE_SZ", fd, sys(SYS_fcntl, fd, F_GETPIPE_SZ), fds[fd]->pipe->slots * PAGE);
}

static void op_sendfile(struct input *in, u32 fd)
{
	struct file *f = fds[fd];
	u32 len = length(in), room = (f->pipe->slots - f->pipe->count) * PAGE;
	u64 left = sizeof(file_bytes) - file_pos, n = len < left ? len : left;
	s64 want;

	if (!f->writes) {
		want = -EBADF;
	} else if (!len) {
		want = 0;
	} else if (!room && f->pipe->readers) {
		want = would_wait(f);
	} else if (!f->pipe->readers) {
		/* Whether there is something to send is looked at later. */
		want = -EPIPE;
		sigpipes++;
	} else {
		n = n < room ? n : room;
		want = n ? model_write(f, file_bytes + file_pos, n, file_pos) : 0;
		file_pos += want > 0 ? want : 0;
	}
	same("sendfile", fd, sys(SYS_sendfile, fd, file_fd, 0, len), want);
	same("lseek", file_fd, sys(SYS_lseek, file_fd, 0, 1), file_pos);
}

static void op_dup(u32 fd)
{
	s64 new = sys(SYS_dup, fd);

	if (new < 0)
		fuzz_fail("dup(%u): %s", fd, outcome(new));
	if (new >= ENDS) {
		sys(SYS_close, new);
		return;
	}
	MUST(!fds[new]);
	fds[new] = fds[fd];
	fds[new]->refs++;
}

static void op_close(u32 fd)
{
	same("close", fd, sys(SYS_close, fd), 0);
	model_close(fd);
}

static void op_flags(struct input *in, u32 fd)
{
	u32 b = take8(in), flags = (b & 1 ? O_NONBLOCK : 0) | (b & 2 ? O_DIRECT : 0);

	same("F_SETFL", fd, sys(SYS_fcntl, fd, F_SETFL, flags), 0);
	fds[fd]->flags = flags;
	same("F_GETFL", fd, sys(SYS_fcntl, fd, F_GETFL) & (O_NONBLOCK | O_DIRECT), flags);
}

static void op_count(u32 fd)
{
	int *n = guest(AT_OFF);

	*n = -1;
	same("FIONREAD", fd, sys(SYS_ioctl, fd, FIONREAD, AT_OFF), 0);
	same("bytes", fd, *n, queued(fds[fd]->pipe));
}

static void step(struct input *in)
{
	u32 op = pick(in, 16), fd = pick(in, ENDS);

	for (u32 i = 0; i < ENDS && !fds[fd]; i++)
		fd = (fd + 1) % ENDS;
	if (!fds[fd] || op == 0) {
		op_pipe(in);
		return;
	}
	switch (op) {
	case 1 ... 4:
		op_write(in, fd);
		break;
	case 5 ... 8:
		op_read(in, fd);
		break;
	case 9:
		op_poll(fd);
		break;
	case 10:
		op_size(in, fd);
		break;
	case 11:
		op_sendfile(in, fd);
		break;
	case 12:
		op_dup(fd);
		break;
	case 13:
		op_close(fd);
		break;
	case 14:
		op_flags(in, fd);
		break;
	case 15:
		op_count(fd);
		break;
	}
}

/* The file for sendfile(); its descriptor isn't the model's. */
static void make_file(void)
{
	for (u32 i = 0; i < sizeof(file_bytes); i++)
		file_bytes[i] = i * 13 + i / 256;
	strcpy(guest(AT_PATH), "/file");
	file_fd = sys(SYS_open, AT_PATH, O_RDWR | O_CREAT, 0600);
	MUST(file_fd == 3);
	memcpy(guest(AT_DATA), file_bytes, sizeof(file_bytes));
	MUST(sys(SYS_write, file_fd, AT_DATA, sizeof(file_bytes)) == sizeof(file_bytes));
	MUST(sys(SYS_lseek, file_fd, 0, 0) == 0);
	file_pos = 0;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = { data, data + size };
	size_t used;

	box_begin();
	make_file();
	sigpipes = 0;
	next_byte = 0;
	memset(files, 0, sizeof(files));
	hosted_last_signal.count = 0;
	used = alloc_used();
	while (more(&in)) {
		step(&in);
		same("SIGPIPEs", 0, hosted_last_signal.count, sigpipes);
		MUST(!sigpipes || hosted_last_signal.sig == SIGPIPE);
	}
	for (u32 fd = 0; fd < ENDS; fd++)
		if (fds[fd])
			op_close(fd);
	if (alloc_used() != used)
		fuzz_fail("%zu bytes more are used than before the pipes", alloc_used() - used);
	box_end();
	return 0;
}
