// SPDX-License-Identifier: GPL-2.0
/* Options of sockets, after sk_setsockopt() and sk_getsockopt(). */
#include "../task.h"
#include "../fd/fd.h"
#include "unix.h"

#define SO_DEBUG 1
#define SO_REUSEADDR 2
#define SO_TYPE 3
#define SO_ERROR 4
#define SO_DONTROUTE 5
#define SO_BROADCAST 6
#define SO_SNDBUF 7
#define SO_RCVBUF 8
#define SO_KEEPALIVE 9
#define SO_OOBINLINE 10
#define SO_NO_CHECK 11
#define SO_PRIORITY 12
#define SO_LINGER 13
#define SO_BSDCOMPAT 14
#define SO_REUSEPORT 15
#define SO_PASSCRED 16
#define SO_PEERCRED 17
#define SO_RCVLOWAT 18
#define SO_SNDLOWAT 19
#define SO_RCVTIMEO 20
#define SO_SNDTIMEO 21
#define SO_PEERNAME 28
#define SO_ACCEPTCONN 30
#define SO_SNDBUFFORCE 32
#define SO_RCVBUFFORCE 33
#define SO_PROTOCOL 38
#define SO_DOMAIN 39
#define SO_PEERGROUPS 59
#define SO_RCVTIMEO_NEW 66
#define SO_SNDTIMEO_NEW 67

#define SNDBUF_MIN 4608u
#define RCVBUF_MIN 2304u
#define S32_MAX 0x7fffffff

struct linger {
	s32 onoff, linger;
};

struct timeval {
	s64 sec, usec;
};

/* Options that are yes or no; what isn't OPTION_PASSCRED is only remembered. */
static const u8 flags[] = {
	SO_PASSCRED, SO_DEBUG, SO_REUSEADDR, SO_DONTROUTE, SO_BROADCAST, SO_KEEPALIVE,
	SO_OOBINLINE, SO_NO_CHECK, SO_REUSEPORT,
};
_Static_assert(OPTION_PASSCRED == 1, "the first flag");

/* Its bit in sock->options, or 0. */
static u32 flag_of(u32 name)
{
	if (name == SO_PASSCRED)
		return OPTION_PASSCRED;
	for (u32 i = 1; i < ARRAY_SIZE(flags); i++)
		if (flags[i] == name)
			return 1u << (OPTION_FLAGS + i);
	return 0;
}

/* ---- setsockopt(2); unix_lock is held ---- */

static s32 flag_set(struct sock *s, u32 name, bool on)
{
	u32 flag = flag_of(name);

	if (name == SO_DEBUG && on && !capable(CAP_NET_ADMIN))
		return -EACCES;
	if (name == SO_REUSEPORT && on)
		return -EOPNOTSUPP;
	s->options = on ? s->options | flag : s->options & ~flag;
	return 0;
}

/* Twice what is asked for, as sk_sndbuf counts what Linux adds to the bytes. */
static s32 buffer_set(struct sock *s, u32 name, s32 n)
{
	bool send = name == SO_SNDBUF || name == SO_SNDBUFFORCE;
	bool force = name == SO_SNDBUFFORCE || name == SO_RCVBUFFORCE;
	u32 most = force ? BUFFER_FORCED_MAX : BUFFER_DEFAULT;
	u32 size;

	if (force && !capable(CAP_NET_ADMIN))
		return -EPERM;
	if (force)
		n = max(n, 0);
	size = min((u32)n, most) * 2;
	if (send) {
		s->sndbuf = max(size, SNDBUF_MIN);
		if (sock_writable(s))
			wq_wake(&s->wq, POLL_WRITABLE);
	} else {
		s->rcvbuf = max(size, RCVBUF_MIN);
	}
	return 0;
}

static s32 priority_set(struct sock *s, s32 n)
{
	if ((n < 0 || n > 6) && !capable(CAP_NET_ADMIN))
		return -EPERM;
	s->priority = (u32)n;
	return 0;
}

static s32 number_set(struct sock *s, u32 name, s32 n)
{
	switch (name) {
	case SO_SNDBUF:
	case SO_RCVBUF:
	case SO_SNDBUFFORCE:
	case SO_RCVBUFFORCE:
		return buffer_set(s, name, n);
	case SO_PRIORITY:
		return priority_set(s, n);
	case SO_RCVLOWAT:
		s->rcvlowat = n < 0 ? S32_MAX : n ? (u32)n : 1;
		return 0;
	case SO_BSDCOMPAT:
		return 0;
	}
	return flag_of(name) ? flag_set(s, name, n) : -ENOPROTOOPT;
}

/* ---- the same without the lock ---- */

/* sock_set_timeout() */
static s32 timeout_set(struct sock *s, u32 name, u64 uaddr, u32 len)
{
	struct timeval tv;
	s64 ns;

	if (len < sizeof(tv))
		return -EINVAL;
	if (south_user_read(&tv, uaddr, sizeof(tv)))
		return -EFAULT;
	if (tv.usec < 0 || tv.usec >= 1000000)
		return -EDOM;
	/* As in poll.c 200 years are for ever. */
	ns = tv.sec >= 6300000000ll ? 0 : tv.sec * 1000000000ll + tv.usec * 1000;
	if (tv.sec < 0)
		ns = -1;
	lock(&unix_lock);
	if (name == SO_RCVTIMEO || name == SO_RCVTIMEO_NEW)
		s->rcvtimeo = ns;
	else
		s->sndtimeo = ns;
	unlock(&unix_lock);
	return 0;
}

static s32 linger_set(struct sock *s, u64 uaddr, u32 len)
{
	struct linger l;

	if (len < sizeof(l))
		return -EINVAL;
	if (south_user_read(&l, uaddr, sizeof(l)))
		return -EFAULT;
	lock(&unix_lock);
	if (l.onoff) {
		s->options |= OPTION_LINGER;
		s->linger = l.linger;
	} else {
		s->options &= ~OPTION_LINGER;
	}
	unlock(&unix_lock);
	return 0;
}

static s32 option_set(struct sock *s, const u64 *a)
{
	s32 len = (s32)a[4], n, err;
	u32 name = (u32)a[2];

	if (len < 0)
		return -EINVAL;
	if ((u32)a[1] != SOL_SOCKET)
		return -EOPNOTSUPP;
	if ((u32)len < sizeof(n))
		return -EINVAL;
	if (south_user_read(&n, a[3], sizeof(n)))
		return -EFAULT;
	switch (name) {
	case SO_LINGER:
		return linger_set(s, a[3], (u32)len);
	case SO_RCVTIMEO:
	case SO_SNDTIMEO:
	case SO_RCVTIMEO_NEW:
	case SO_SNDTIMEO_NEW:
		return timeout_set(s, name, a[3], (u32)len);
	}
	lock(&unix_lock);
	err = number_set(s, name, n);
	unlock(&unix_lock);
	return err;
}

s64 sys_setsockopt(const u64 *a)
{
	struct fd f;
	s64 ret = socket_begin((s32)a[0], &f);

	if (ret)
		return ret;
	ret = option_set(f.file->private, a);
	fd_end(f);
	return ret;
}

/* ---- getsockopt(2); unix_lock is held ---- */

static s64 number_get(struct sock *s, u32 name)
{
	u32 flag = flag_of(name);

	if (flag)
		return !!(s->options & flag);
	switch (name) {
	case SO_TYPE:
		return s->type;
	case SO_ERROR:
		return -sock_error(s);
	case SO_SNDBUF:
		return s->sndbuf;
	case SO_RCVBUF:
		return s->rcvbuf;
	case SO_DOMAIN:
		return AF_UNIX;
	case SO_ACCEPTCONN:
		return s->state == UNIX_LISTEN;
	case SO_PRIORITY:
		return (s32)s->priority;
	case SO_RCVLOWAT:
		return s->rcvlowat;
	case SO_SNDLOWAT:
		return 1;
	case SO_PROTOCOL:
	case SO_BSDCOMPAT:
		return 0;
	}
	return -ENOPROTOOPT;
}

union option {
	s32 number;
	struct linger linger;
	struct timeval tv;
	struct ucred cred;
	struct sockaddr name;
	u32 groups[NGROUPS_MAX];
};

static struct timeval timeout_get(s64 ns)
{
	return ns > 0 ? (struct timeval){ ns / 1000000000, ns % 1000000000 / 1000 } :
			(struct timeval){ 0, 0 };
}

static s32 peername_get(struct sock *s, union option *v, s32 len)
{
	u32 full;

	if (!s->peer)
		return -ENOTCONN;
	full = unix_name(s->peer, &v->name);
	return full < (u32)len ? -EINVAL : len;
}

/* The size of what there is; -ERANGE with it in *@need. */
static s32 groups_get(struct sock *s, union option *v, s32 len, s32 *need)
{
	const struct cred *c = s->peer_cred;

	if (!c)
		return -ENODATA;
	*need = (s32)(c->ngroups * sizeof(c->groups[0]));
	if (len < *need)
		return -ERANGE;
	memcpy(v->groups, c->groups, (u32)*need);
	return *need;
}

/* How much of @v there is to tell. */
static s32 value_get(struct sock *s, u32 name, union option *v, s32 len, s32 *need)
{
	const struct cred *c = s->peer_cred;
	s64 n;

	switch (name) {
	case SO_LINGER:
		v->linger = (struct linger){ !!(s->options & OPTION_LINGER), s->linger };
		return sizeof(v->linger);
	case SO_RCVTIMEO:
	case SO_RCVTIMEO_NEW:
		v->tv = timeout_get(s->rcvtimeo);
		return sizeof(v->tv);
	case SO_SNDTIMEO:
	case SO_SNDTIMEO_NEW:
		v->tv = timeout_get(s->sndtimeo);
		return sizeof(v->tv);
	case SO_PEERCRED:
		v->cred = (struct ucred){ s->peer_pid, c ? c->euid : ~0u, c ? c->egid : ~0u };
		return sizeof(v->cred);
	case SO_PEERNAME:
		return peername_get(s, v, len);
	case SO_PEERGROUPS:
		return groups_get(s, v, len, need);
	}
	n = number_get(s, name);
	v->number = (s32)n;
	return n == -ENOPROTOOPT ? -ENOPROTOOPT : (s32)sizeof(v->number);
}

static s32 option_get(struct sock *s, const u64 *a)
{
	union option v = { 0 };
	s32 len, size, need = 0;

	if ((u32)a[1] != SOL_SOCKET)
		return -EOPNOTSUPP;
	if (south_user_read(&len, a[4], sizeof(len)))
		return -EFAULT;
	if (len < 0)
		return -EINVAL;
	lock(&unix_lock);
	size = value_get(s, (u32)a[2], &v, len, &need);
	unlock(&unix_lock);
	if (size == -ERANGE && south_user_write(a[4], &need, sizeof(need)))
		return -EFAULT;
	if (size < 0)
		return size;
	size = min(size, len);
	if (south_user_write(a[3], &v, (u32)size) || south_user_write(a[4], &size, sizeof(size)))
		return -EFAULT;
	return 0;
}

s64 sys_getsockopt(const u64 *a)
{
	struct fd f;
	s64 ret = socket_begin((s32)a[0], &f);

	if (ret)
		return ret;
	ret = option_get(f.file->private, a);
	fd_end(f);
	return ret;
}
