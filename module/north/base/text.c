// SPDX-License-Identifier: GPL-2.0
/* Text that is put together for /proc, fdinfo and the log. */
#include "base.h"

static bool text_room(struct text *t, size_t n)
{
	size_t size = t->size ? t->size : 256;
	char *buf;

	if (t->failed)
		return false;
	if (t->len + n < t->size)
		return true;
	while (size <= t->len + n)
		size *= 2;
	buf = resize(t->buf, size);
	if (!buf) {
		t->failed = true;
		return false;
	}
	t->buf = buf;
	t->size = size;
	return true;
}

/* A NUL follows what was added, so that the buffer is a string too. */
void text_add(struct text *t, const char *s, size_t n)
{
	if (!text_room(t, n))
		return;
	memcpy(t->buf + t->len, s, n);
	t->len += n;
	t->buf[t->len] = 0;
}

static void text_fill(struct text *t, char c, size_t n)
{
	if (!text_room(t, n))
		return;
	memset(t->buf + t->len, c, n);
	t->len += n;
	t->buf[t->len] = 0;
}

struct format {
	u32 width;
	s32 precision;		/* -1: none */
	bool zero, left, upper;
};

static void put_padded(struct text *t, const struct format *f, const char *s, size_t n)
{
	size_t pad = f->width > n ? f->width - n : 0;

	if (!f->left)
		text_fill(t, ' ', pad);
	text_add(t, s, n);
	if (f->left)
		text_fill(t, ' ', pad);
}

static void put_number(struct text *t, const struct format *f, u64 v, u32 base, bool minus)
{
	const char *digits = f->upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char buf[32];
	u32 i = sizeof(buf);

	do {
		buf[--i] = digits[v % base];
		v /= base;
	} while (v);
	if (f->zero && !f->left) {
		u32 n = sizeof(buf) - i + minus;

		if (minus)
			text_add(t, "-", 1);
		if (f->width > n)
			text_fill(t, '0', f->width - n);
		text_add(t, buf + i, sizeof(buf) - i);
		return;
	}
	if (minus)
		buf[--i] = '-';
	put_padded(t, f, buf + i, sizeof(buf) - i);
}

static void text_vprintf(struct text *t, const char *fmt, __builtin_va_list ap)
{
	for (;;) {
		struct format f = { .precision = -1 };
		const char *s = fmt;
		u32 longs = 0;
		char c;
		u64 v;

		while (*s && *s != '%')
			s++;
		if (s != fmt)
			text_add(t, fmt, s - fmt);
		if (!*s)
			return;
		for (s++; *s == '0' || *s == '-'; s++) {
			if (*s == '0')
				f.zero = true;
			else
				f.left = true;
		}
		if (*s == '*') {
			f.width = __builtin_va_arg(ap, int);
			s++;
		}
		for (; *s >= '0' && *s <= '9'; s++)
			f.width = f.width * 10 + (*s - '0');
		if (*s == '.') {
			f.precision = 0;
			if (*++s == '*') {
				f.precision = __builtin_va_arg(ap, int);
				s++;
			}
			for (; *s >= '0' && *s <= '9'; s++)
				f.precision = f.precision * 10 + (*s - '0');
		}
		if (*s == 'z') {
			longs = sizeof(size_t) == 8 ? 2 : 0;
			s++;
		}
		for (; *s == 'l'; s++)
			longs += *(s + 1) == 'l' || longs || sizeof(long) == 8 ? 2 : 0;
		c = *s;
		if (!c)
			return;
		fmt = s + 1;
		switch (c) {
		case 's':
			s = __builtin_va_arg(ap, const char *);
			if (!s)
				s = "(null)";
			put_padded(t, &f, s, f.precision < 0 ? strlen(s) : strnlen(s, f.precision));
			break;
		case 'c':
			c = __builtin_va_arg(ap, int);
			put_padded(t, &f, &c, 1);
			break;
		case 'd':
		case 'i':
			v = longs ? __builtin_va_arg(ap, s64) : (s64)__builtin_va_arg(ap, s32);
			if ((s64)v < 0)
				put_number(t, &f, -v, 10, true);
			else
				put_number(t, &f, v, 10, false);
			break;
		case 'u':
		case 'x':
		case 'X':
		case 'o':
			v = longs ? __builtin_va_arg(ap, u64) : __builtin_va_arg(ap, u32);
			f.upper = c == 'X';
			put_number(t, &f, v, c == 'u' ? 10 : c == 'o' ? 8 : 16, false);
			break;
		case '%':
			text_add(t, "%", 1);
			break;
		default:
			BUG();
		}
	}
}

void text_printf(struct text *t, const char *fmt, ...)
{
	__builtin_va_list ap;

	__builtin_va_start(ap, fmt);
	text_vprintf(t, fmt, ap);
	__builtin_va_end(ap);
}

void text_free(struct text *t)
{
	release(t->buf);
	memset(t, 0, sizeof(*t));
}

void log_line(const char *fmt, ...)
{
	struct text t = { 0 };
	__builtin_va_list ap;

	__builtin_va_start(ap, fmt);
	text_vprintf(&t, fmt, ap);
	__builtin_va_end(ap);
	if (!t.failed && t.len)
		south_log(t.buf, t.len);
	text_free(&t);
}
