// SPDX-License-Identifier: GPL-2.0
/* signalfd: the signals that the reader blocks, from the host's own queues. */
#include "../task.h"
#include "../event/poll.h"
#include "../abi/signal.h"
#include "ipc.h"

struct signalfd {
	struct mutex lock;	/* guards mask */
	u64 mask;		/* the signals it takes */
	s32 handle;		/* the host's timer that tells of signals */
	struct waitqueue wq;	/* for those who wait while the mask changes */
};

struct signalfd_siginfo {
	u32 signo;
	s32 error, code;
	u32 pid, uid;
	s32 fd;
	u32 tid, band, overrun, trapno;
	s32 status, value_int;
	u64 ptr, utime, stime, addr;
	u16 addr_lsb, pad2;
	s32 syscall;
	u64 call_addr;
	u32 arch;
	u8 pad[28];
};
_Static_assert(sizeof(struct signalfd_siginfo) == 128, "signalfd_siginfo");

enum layout { KILL, TIMER, POLL, FAULT, FAULT_MCEERR, CHLD, RT, SYS };

/* siginfo_layout(): what a siginfo's other fields are. */
static enum layout siginfo_layout(s32 sig, s32 code)
{
	if (code <= 0 || code >= SI_KERNEL) {
		if (code == SI_TIMER)
			return TIMER;
		if (code == SI_SIGIO)
			return POLL;
		return code < 0 ? RT : KILL;
	}
	switch (sig) {
	case SIGBUS:
		if (code == BUS_MCEERR_AR || code == BUS_MCEERR_AO)
			return FAULT_MCEERR;
		return FAULT;
	case SIGILL:
	case SIGTRAP:
	case SIGFPE:
	case SIGSEGV:
		return FAULT;
	case SIGCHLD:
		return CHLD;
	case SIGSYS:
		return SYS;
	default:
		return code <= NSIGPOLL ? POLL : KILL;
	}
}

static void siginfo_fill(struct signalfd_siginfo *to, const struct siginfo *from)
{
	memset(to, 0, sizeof(*to));
	to->signo = (u32)from->signo;
	to->error = from->error;
	to->code = from->code;
	switch (siginfo_layout(from->signo, from->code)) {
	case TIMER:
		to->tid = (u32)from->tid;
		to->overrun = (u32)from->overrun;
		to->ptr = from->value;
		to->value_int = (s32)from->value;
		break;
	case POLL:
		to->band = (u32)from->band;
		to->fd = from->fd;
		break;
	case FAULT_MCEERR:
		to->addr_lsb = (u16)from->addr_lsb;
		fallthrough;
	case FAULT:
		to->addr = from->addr;
		break;
	case CHLD:
		to->status = from->status;
		to->utime = (u64)from->utime;
		to->stime = (u64)from->stime;
		to->pid = (u32)from->pid;
		to->uid = from->uid;
		break;
	case RT:
		to->ptr = from->value;
		to->value_int = (s32)from->value;
		fallthrough;
	case KILL:
		to->pid = (u32)from->pid;
		to->uid = from->uid;
		break;
	case SYS:
		to->call_addr = from->addr;
		to->syscall = from->syscall;
		to->arch = from->arch;
		break;
	}
}

static u64 signalfd_mask(struct signalfd *s)
{
	u64 mask;

	lock(&s->lock);
	mask = s->mask;
	unlock(&s->lock);
	return mask;
}

/* One siginfo to user memory: its size; -EAGAIN, -EFAULT, -EINTR. */
static s64 signalfd_take(struct signalfd *s, struct uio *io)
{
	struct signalfd_siginfo out;
	struct siginfo info;
	s32 sig = south_signal_take(signalfd_mask(s), &info);

	if (sig <= 0)
		return sig ?: -EAGAIN;
	siginfo_fill(&out, &info);
	return uio_to_user(io, &out, sizeof(out)) == sizeof(out) ? (s64)sizeof(out) : -EFAULT;
}

static s64 signalfd_read(struct file *f, struct uio *io, u64 *pos)
{
	u64 count = io->left / sizeof(struct signalfd_siginfo);
	s64 n, sum = 0;

	if (!count)
		return -EINVAL;
	while (count) {
		n = signalfd_take(f->private, io);
		if (n == -EAGAIN && !sum && !(f->flags & O_NONBLOCK)) {
			n = file_wait(f, POLLIN);
			if (!n)
				continue;
		}
		if (n < 0)
			return sum ?: n;
		sum += n;
		count--;
	}
	return sum;
}

static u32 signalfd_poll(struct file *f, struct poll_table *t, u32 events)
{
	struct signalfd *s = f->private;

	poll_wait(t, &s->wq, events);
	poll_stream(t, s->handle, POLLIN);
	return south_signal_take(signalfd_mask(s), NULL) > 0 ? POLLIN : 0;
}

static s64 signalfd_seek(struct file *f, s64 off, u32 whence)
{
	return (s64)f->pos;
}

static void signalfd_release(struct file *f)
{
	struct signalfd *s = f->private;

	south_close(s->handle);
	release(s);
}

static void signalfd_show(struct file *f, struct text *t)
{
	text_printf(t, "sigmask:\t%016llx\n", signalfd_mask(f->private));
}

static const struct file_ops signalfd_ops = {
	.read = signalfd_read,
	.seek = signalfd_seek,
	.poll = signalfd_poll,
	.release = signalfd_release,
	.show = signalfd_show,
};

static s64 signalfd_change(s32 fd, u64 mask)
{
	struct fd f = fd_begin(fd);
	struct signalfd *s;

	if (!f.file)
		return -EBADF;
	if (f.file->ops != &signalfd_ops) {
		fd_end(f);
		return -EINVAL;
	}
	s = f.file->private;
	lock(&s->lock);
	s->mask = mask;
	unlock(&s->lock);
	wq_wake(&s->wq, POLLIN);
	fd_end(f);
	return fd;
}

static s64 signalfd_make(u64 mask, u32 flags)
{
	struct south_timer st = { .clock = SOUTH_CLOCK_SIGNALS };
	struct signalfd *s = new(struct signalfd);
	struct file *f;
	s32 fd;

	if (!s)
		return -ENOMEM;
	s->mask = mask;
	wq_init(&s->wq);
	fd = south_timer(-1, 1, &st);
	if (fd < 0)
		goto out;
	s->handle = fd;
	f = file_anon(&signalfd_ops, "anon_inode:[signalfd]", 0600, O_RDWR | (flags & O_NONBLOCK),
		      s);
	if (!f) {
		south_close(s->handle);
		fd = -ENOMEM;
		goto out;
	}
	return fd_install(f, 0, flags & O_CLOEXEC);
out:
	release(s);
	return fd;
}

static s64 do_signalfd(s32 fd, u64 uaddr, u64 size, u32 flags)
{
	u64 mask;

	if (size != sizeof(mask))
		return -EINVAL;
	if (south_user_read(&mask, uaddr, sizeof(mask)))
		return -EFAULT;
	if (flags & ~(u32)(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	mask &= ~(1ull << (SIGKILL - 1) | 1ull << (SIGSTOP - 1));
	return fd == -1 ? signalfd_make(mask, flags) : signalfd_change(fd, mask);
}

s64 sys_signalfd(const u64 *a)
{
	return do_signalfd((s32)a[0], a[1], a[2], 0);
}

s64 sys_signalfd4(const u64 *a)
{
	return do_signalfd((s32)a[0], a[1], a[2], (u32)a[3]);
}
