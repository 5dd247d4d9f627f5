// SPDX-License-Identifier: GPL-2.0
/* Ancillary data: descriptors and credentials that go with a message. After net/core/scm.c. */
#include "../task.h"
#include "../fd/fd.h"
#include "unix.h"

/* net.core.optmem_max. */
#define CONTROL_MAX 131072u

struct cmsghdr {
	u64 len;
	s32 level, type;
};
#define CMSG_ALIGN(n) ALIGN_UP(n, 8ull)
#define CMSG_LEN(n) (sizeof(struct cmsghdr) + (n))

/* ---- sending ---- */

static bool may_be(u32 id, u32 real, u32 effective, u32 saved, u32 cap)
{
	return id == real || id == effective || id == saved || capable(cap);
}

static s32 cred_check(const struct ucred *u)
{
	const struct cred *c = current->cred;
	bool known;

	if (u->uid == ~0u || u->gid == ~0u)
		return -EINVAL;
	if ((u->pid != current->pid && !capable(CAP_SYS_ADMIN)) ||
	    !may_be(u->uid, c->uid, c->euid, c->suid, CAP_SETUID) ||
	    !may_be(u->gid, c->gid, c->egid, c->sgid, CAP_SETGID))
		return -EPERM;
	lock(&tasks_lock);
	known = u->pid > 0 && task_find(u->pid);
	unlock(&tasks_lock);
	return known ? 0 : -ESRCH;
}

/* More descriptors of the caller's to those that there are. */
static s32 rights_add(struct message *m, const s32 *fds, u32 n)
{
	u32 have = m->rights ? m->rights->count : 0;
	struct rights *r;

	if (!n)
		return 0;
	if (n > RIGHTS_MAX || have + n > RIGHTS_MAX)
		return -EINVAL;
	r = resize(m->rights, sizeof(*r) + (have + n) * sizeof(r->files[0]));
	if (!r)
		return -ENOMEM;
	m->rights = r;
	if (!r->sender) {
		lock(&unix_lock);
		r->sender = sender_get(current->cred->uid);
		unlock(&unix_lock);
		if (!r->sender)
			return -ENOMEM;
	}
	for (u32 i = 0; i < n; i++) {
		struct fd f = fd_begin(fds[i]);

		if (!f.file)
			return -EBADF;
		r->files[r->count++] = f.counted ? f.file : file_get(f.file);
		r->sockets += !!file_unix(f.file);
	}
	return 0;
}

static s32 control_one(struct message *m, const struct cmsghdr *c)
{
	const void *data = c + 1;
	u64 len = c->len - sizeof(*c);
	s32 err;

	if (c->level != SOL_SOCKET)
		return 0;
	switch (c->type) {
	case SCM_RIGHTS:
		return rights_add(m, data, (u32)(len / sizeof(s32)));
	case SCM_CREDENTIALS:
		if (len != sizeof(struct ucred))
			return -EINVAL;
		err = cred_check(data);
		if (!err)
			m->cred = *(const struct ucred *)data;
		return err;
	}
	return -EINVAL;
}

s32 control_get(struct message *m)
{
	u64 len = m->controllen;
	struct iovec one;
	struct uio io;
	s32 err = 0;
	u8 *buf;

	if (!len)
		return 0;
	if (len >= CONTROL_MAX)
		return -ENOBUFS;
	buf = alloc(len);
	if (!buf)
		return -ENOBUFS;
	uio_single(&io, &one, m->control, len);
	if (uio_from_user(&io, buf, len) != (s64)len)
		err = -EFAULT;
	for (u64 at = 0; !err && at + sizeof(struct cmsghdr) <= len;) {
		const struct cmsghdr *c = (const void *)(buf + at);

		if (c->len < sizeof(*c) || c->len > len - at)
			err = -EINVAL;
		else
			err = control_one(m, c);
		at += CMSG_ALIGN(c->len);
	}
	release(buf);
	if (err)
		control_end(m);
	return err;
}

void control_end(struct message *m)
{
	rights_free(m->rights);
	m->rights = NULL;
}

/* ---- receiving ---- */

/* put_cmsg() */
static void cmsg_put(struct message *m, s32 type, const void *data, u32 size)
{
	u8 buf[CMSG_LEN(sizeof(struct ucred))];
	struct cmsghdr h = { CMSG_LEN(size), SOL_SOCKET, type };

	if (m->controllen < sizeof(h)) {
		m->got |= MSG_CTRUNC;
		return;
	}
	if (m->controllen < h.len) {
		m->got |= MSG_CTRUNC;
		h.len = m->controllen;
	}
	memcpy(buf, &h, sizeof(h));
	memcpy(buf + sizeof(h), data, size);
	if (south_user_write(m->control, buf, (u32)h.len))
		return;
	h.len = min(CMSG_ALIGN(CMSG_LEN(size)), m->controllen);
	m->control += h.len;
	m->controllen -= h.len;
}

/* receive_fd(): a descriptor of the caller's, told at @uaddr. */
static s32 right_put(struct file *f, u64 uaddr, bool cloexec)
{
	s32 fd = fd_reserve(0);

	if (fd < 0)
		return fd;
	if (south_user_write(uaddr, &fd, sizeof(fd))) {
		fd_unreserve(fd);
		return -EFAULT;
	}
	fd_fill(fd, file_get(f), cloexec);
	return 0;
}

/* scm_detach_fds() */
static void rights_put(struct message *m)
{
	const struct rights *r = m->rights;
	struct cmsghdr h = { 0, SOL_SOCKET, SCM_RIGHTS };
	u64 room = m->controllen > sizeof(h) ? (m->controllen - sizeof(h)) / sizeof(s32) : 0;
	u32 most = (u32)min(room, (u64)r->count), n = 0;

	while (n < most && !right_put(r->files[n], m->control + sizeof(h) + n * sizeof(s32),
				      m->flags & MSG_CMSG_CLOEXEC))
		n++;
	if (n < r->count)
		m->got |= MSG_CTRUNC;
	if (!n)
		return;
	h.len = CMSG_LEN(n * sizeof(s32));
	if (south_user_write(m->control, &h, sizeof(h)))
		return;
	h.len = min(CMSG_ALIGN(h.len), m->controllen);
	m->control += h.len;
	m->controllen -= h.len;
}

void control_put(struct message *m, bool passcred)
{
	if (!m->control) {
		if (passcred || m->rights)
			m->got |= MSG_CTRUNC;
		return;
	}
	if (passcred)
		cmsg_put(m, SCM_CREDENTIALS, &m->cred, sizeof(m->cred));
	if (m->rights)
		rights_put(m);
}
