// SPDX-License-Identifier: GPL-2.0
/*
 * Each import, called with anything. Where an answer proves that South let something through
 * that it must not, whatever the rest of the box does meanwhile, it is a breach.
 */
#include "hostile.h"

/*
 * At the beginning of each object that a hostile box makes; @check is ~@box, as a box's
 * own writes may hit a part of it.
 */
struct tag {
	u32 magic, box, check;
};
#define TAG_MAGIC 0x7461673aU

void breach(const char *what, u64 a, u64 b)
{
	struct text t = { 0 };

	text_printf(&t, "BREACH: %s %llx %llx", what, a, b);
	hostile.report.breaches++;
	if (t.buf) {
		memcpy(hostile.report.breach, t.buf, min(t.len, sizeof(hostile.report.breach) - 1));
		south_log(t.buf, (u32)t.len);
	}
	text_free(&t);
}

static void call_grow(struct random *r)
{
	u32 bytes = one_in(r, 8) ? (u32)any_u64(r) : below(r, 65536);
	u8 *at = south_grow(&bytes);

	if (!at)
		return;
	if ((uintptr)at + bytes > hostile.memory_end)
		hostile.memory_end = (u32)((uintptr)at + bytes);
	/*
	 * What lies behind the last power of two could be written before it was given, by
	 * a task of this box with an address at random.
	 */
	if (((uintptr)at & ((uintptr)at - 1)) || hostile.ask.scribble)
		return;
	if (bytes && (at[0] || at[bytes - 1]))
		breach("memory that is not new", (uintptr)at, bytes);
}

static void call_lock(struct random *r)
{
	u32 *word = any_word(r);

	/* Of one that nobody lets go it is a wait that only a kill ends: not too often. */
	if (*word && !one_in(r, 100))
		return;
	south_lock(word);
	if (!one_in(r, 200))
		south_unlock(word);
}

static void call_unlock(struct random *r)
{
	u32 *word = any_word(r);

	/* Of a free one it is a trap. */
	if (!one_in(r, hostile.ask.wild))
		*word = one_in(r, 2) ? below(r, 2) + 1 : (u32)random_next(r) | 1;
	south_unlock(word);
}

static void call_wait(struct random *r)
{
	u32 *word = any_word(r), val = one_in(r, 4) ? (u32)random_next(r) : *word;
	s64 now = south_time(1), deadline;

	switch (below(r, 8)) {
	case 0:
		deadline = (s64)any_u64(r);
		break;
	case 1:
		deadline = 0;
		break;
	case 2:
		deadline = now - below(r, 1000000);
		break;
	default:
		deadline = now + below(r, 2000000);
	}
	/* A wait without end is for a kill to end. */
	if ((deadline < 0 || deadline > now + 1000000000) && !one_in(r, 256))
		deadline = 1;
	south_wait(word, val, deadline, one_in(r, 8) ? (u32)random_next(r) : below(r, 2));
}

static void call_wake(struct random *r)
{
	south_wake(any_word(r), (u32)any_u64(r));
}

static void call_user_read(struct random *r)
{
	u32 len = any_len(r);
	u64 from = any_uaddr(r);

	if (!south_user_read(any_place(r, len), from, len) && foreign(from, len))
		breach("read of kernel memory", from, len);
}

static void call_user_write(struct random *r)
{
	u32 len = any_len(r);
	u64 to = any_uaddr(r);

	if (!south_user_write(to, any_place(r, len), len) && foreign(to, len))
		breach("write to kernel memory", to, len);
}

static void call_user_string(struct random *r)
{
	u32 len = any_len(r);
	u64 from = any_uaddr(r);

	if (south_user_string(any_place(r, len), from, len) > 0 && foreign(from, 1))
		breach("string of kernel memory", from, len);
}

static void call_user_clear(struct random *r)
{
	u64 to = any_uaddr(r), len = one_in(r, 4) ? any_u64(r) : any_len(r);

	if (!south_user_clear(to, len) && foreign(to, len))
		breach("kernel memory cleared", to, len);
}

static void call_close(struct random *r)
{
	s32 h = any_handle(r);

	south_close(h);
	if (one_in(r, 4))
		south_close(h);
}

static void call_object(struct random *r)
{
	const struct tag tag = { TAG_MAGIC, hostile.tag, ~hostile.tag };
	s32 h = south_object(any_u64(r));

	if (h < 0)
		return;
	made_handle(h);
	south_poke(h, 0, &tag, sizeof(tag), 0);
}

static void call_read(struct random *r)
{
	u64 to = any_uaddr(r), len = one_in(r, 8) ? any_u64(r) : any_len(r);

	if (south_read(any_handle(r), any_u64(r), to, len, (u32)random_next(r) | SOUTH_NONBLOCK) > 0 &&
	    foreign(to, 1))
		breach("read into kernel memory", to, len);
}

static void call_write(struct random *r)
{
	u64 from = any_uaddr(r), len = one_in(r, 8) ? any_u64(r) : any_len(r);
	u64 off = any_u64(r);

	if (south_write(any_handle(r), one_in(r, 8) ? off : off & 0xfffff, from, len,
			(u32)random_next(r) | SOUTH_NONBLOCK) > 0 && foreign(from, 1))
		breach("write out of kernel memory", from, len);
}

static void call_peek(struct random *r)
{
	struct tag tag = { 0 };
	s32 h = any_handle(r);
	u32 len;

	if (one_in(r, 2)) {
		len = any_len(r);
		south_peek(h, any_u64(r), any_place(r, len), len, (u32)random_next(r) | SOUTH_NONBLOCK);
	} else if (south_peek(h, 0, &tag, sizeof(tag), SOUTH_NONBLOCK) == sizeof(tag) &&
		   tag.magic == TAG_MAGIC && tag.check == ~tag.box && tag.box != hostile.tag) {
		breach("object of another box", (u64)h, tag.box);
	}
}

static void call_poke(struct random *r)
{
	u32 len = any_len(r);

	south_poke(any_handle(r), sizeof(struct tag) + (any_u64(r) & 0xfffff), any_place(r, len), len,
		   (u32)random_next(r) | SOUTH_NONBLOCK);
}

static void call_copy(struct random *r)
{
	u64 len = one_in(r, 8) ? any_u64(r) : any_len(r);

	south_copy(any_handle(r), 8 + any_u64(r), any_handle(r), 8 + any_u64(r), len);
}

static void call_truncate(struct random *r)
{
	south_truncate(any_handle(r), any_u64(r));
}

static void call_allocate(struct random *r)
{
	u64 len = one_in(r, 64) ? any_u64(r) : below(r, 1u << 20);

	south_allocate(any_handle(r), one_in(r, 2) ? below(r, 128) : (u32)any_u64(r), any_u64(r), len);
}

static void call_seek(struct random *r)
{
	south_seek(any_handle(r), (s64)any_u64(r), one_in(r, 4) ? (u32)any_u64(r) : below(r, 6));
}

static void call_sync(struct random *r)
{
	south_sync(any_handle(r), (u32)any_u64(r));
}

static void call_stat(struct random *r)
{
	south_stat(any_handle(r), any_place(r, sizeof(struct south_stat)));
}

static void call_statfs(struct random *r)
{
	south_statfs(any_handle(r), any_place(r, sizeof(struct south_statfs)));
}

static void call_lookup(struct random *r)
{
	u32 len;
	const char *name = any_name(r, &len);
	s32 h = south_lookup(any_handle(r), name, len, any_place(r, sizeof(struct south_stat)));

	if (h < 0)
		return;
	made_handle(h);
	if ((len == 1 && name[0] == '.') || (len == 2 && name[0] == '.' && name[1] == '.'))
		breach("look-up that climbs", (u64)h, len);
	if (one_in(r, 2))
		made_handle(south_open(h, SOUTH_OPEN_READ));
}

static void call_open(struct random *r)
{
	made_handle(south_open(any_handle(r), one_in(r, 4) ? (u32)any_u64(r) : below(r, 4)));
}

static void call_readlink(struct random *r)
{
	u32 len = any_len(r);

	south_readlink(any_handle(r), any_place(r, len), len);
}

static void call_list(struct random *r)
{
	u32 len = any_len(r);
	u64 *cookie = any_place(r, sizeof(*cookie)), at = any_u64(r);

	/* Where it may not be written, South is to say so. */
	if ((u8 *)cookie >= hostile.arena && (u8 *)cookie < hostile.arena + ARENA_SIZE - 8)
		memcpy(cookie, &at, sizeof(at));
	south_list(any_handle(r), cookie, any_place(r, len), len);
}

static void call_make(struct random *r)
{
	u32 len, target_len;
	const char *name = any_name(r, &len), *target = any_name(r, &target_len);
	static const u32 modes[] = { 0100777, 0106777, 0040777, 0120777, 0010666, 0140666, 0020666,
				     0060666, 0, 0170000 };

	made_handle(south_make(any_handle(r), name, len,
			       one_in(r, 8) ? (u32)random_next(r) : modes[below(r, ARRAY_SIZE(modes))],
			       target, target_len));
}

static void call_remove(struct random *r)
{
	u32 len;
	const char *name = any_name(r, &len);

	south_remove(any_handle(r), name, len, (u32)any_u64(r) & 1);
}

static void call_rename(struct random *r)
{
	u32 len, tolen;
	const char *name = any_name(r, &len), *toname = any_name(r, &tolen);

	south_rename(any_handle(r), name, len, any_handle(r), toname, tolen,
		     one_in(r, 4) ? (u32)any_u64(r) : below(r, 4));
}

static void call_link(struct random *r)
{
	u32 len;
	const char *name = any_name(r, &len);

	south_link(any_handle(r), any_handle(r), name, len);
}

static void call_setattr(struct random *r)
{
	south_setattr(any_handle(r), one_in(r, 4) ? (u32)any_u64(r) : below(r, 8),
		      (u32)random_next(r), (s64)any_u64(r), (s64)any_u64(r));
}

static void call_poll(struct random *r)
{
	s32 h = any_handle(r);
	u32 i, n = one_in(r, 16) ? 140 : 1;

	for (i = 0; i < n; i++)
		south_poll(h, (u32)random_next(r), one_in(r, 4) ? NULL : any_word(r));
}

static void call_poll_end(struct random *r)
{
	south_poll_end(any_handle(r), any_word(r));
}

static void call_stream(struct random *r)
{
	south_stream(any_handle(r), any_place(r, sizeof(struct south_stream)));
}

static void call_map(struct random *r)
{
	static const u32 flags[] = { 0x01, 0x02, 0x03, 0x22, 0x21, 0x12, 0x11, 0x100022, 0x4022, 0x2022,
				     0x8022, 0x40022, 0x80022, 0x10, 0x0, 0x81, 0x2001 };
	u32 what = one_in(r, 8) ? (u32)random_next(r) : flags[below(r, ARRAY_SIZE(flags))];
	u64 len = one_in(r, 4) ? any_u64(r) : (u64)below(r, 32) << 12;
	u64 addr = one_in(r, 2) ? any_uaddr(r) & ~4095ull : 0;
	s64 at;

	/* Over the guest's own code only now and then: nothing would be left to go on with. */
	if (!one_in(r, 32))
		what &= ~0x10u;
	at = south_map(one_in(r, 4) ? -1 : any_handle(r), addr, len,
		       one_in(r, 8) ? (u32)random_next(r) : below(r, 8),
		       what | (one_in(r, 4) ? SOUTH_MAP_READONLY : 0), any_u64(r) & ~4095ull);
	if (at > 0 && foreign((u64)at, 1))
		breach("mapping in the kernel's half", (u64)at, len);
	if (at > 0 && one_in(r, 2))
		south_unmap((u64)at, len);
}

static void call_unmap(struct random *r)
{
	u64 addr = any_u64(r);

	if (one_in(r, 32))
		addr = any_uaddr(r) & ~4095ull;
	south_unmap(addr, one_in(r, 16) ? any_u64(r) : 4096);
}

static void call_vma(struct random *r)
{
	south_vma(any_pid(r), any_uaddr(r), any_place(r, sizeof(struct south_vma)));
}

static void call_process(struct random *r)
{
	south_process(any_pid(r));
}

static void call_task_mem(struct random *r)
{
	u32 len = any_len(r), what = one_in(r, 8) ? (u32)any_u64(r) : below(r, 5);
	u64 off = any_uaddr(r);

	if (one_in(r, 2))
		what |= SOUTH_MEM_FORCE;
	if (south_task_mem(any_pid(r), what, off, any_place(r, len), len) > 0 &&
	    !(what & ~(SOUTH_MEM_FORCE | SOUTH_MEM_WRITE)) && foreign(off, 1) && off < 0xffffffffff600000ull)
		breach("kernel memory as a task's", off, len);
}

static void call_exec_pop(struct random *r)
{
	u32 n = one_in(r, 8) ? 100 : 1;

	while (n-- && !south_exec_pop())
		;
}

static void call_exec_push(struct random *r)
{
	u32 len;
	const char *s = any_name(r, &len);
	u32 n = one_in(r, 64) ? 10000 : 1;

	while (n-- && !south_exec_push(s, len))
		;
}

static void call_exec_commit(struct random *r)
{
	struct south_exec *e = any_place(r, sizeof(*e));
	u32 i;

	if ((u8 *)e >= hostile.arena && (u8 *)e < hostile.arena + ARENA_SIZE - sizeof(*e)) {
		u64 *word = &e->entry;

		for (i = 0; i < 10; i++)
			word[i] = one_in(r, 2) ? any_uaddr(r) : any_u64(r);
		memset(e->execfn, 'x', sizeof(e->execfn));
		if (!one_in(r, 4))
			e->execfn[below(r, sizeof(e->execfn))] = 0;
	}
	south_exec_commit(e);
}

static void call_exec_layout(struct random *r)
{
	u64 at = south_exec_layout(any_u64(r));

	if (foreign(at, 1))
		breach("layout in the kernel's half", at, 0);
}

static void call_clone(struct random *r)
{
	struct south_clone *c = any_place(r, sizeof(*c));

	if ((u8 *)c >= hostile.arena && (u8 *)c < hostile.arena + ARENA_SIZE - sizeof(*c)) {
		static const u64 flags[] = { 17, 0x3d0f00, 0x4111, 0x100, 0x10000, 0x800, 0x50f00,
					     0x10000000, 0x20000000, 0x1000, 0x2000, 0x80000000ull,
					     0x8000, 0x01000000 };

		c->flags = one_in(r, 4) ? any_u64(r) : flags[below(r, ARRAY_SIZE(flags))];
		c->stack = one_in(r, 2) ? 0 : any_uaddr(r);
		c->parent_tid = any_uaddr(r);
		c->child_tid = any_uaddr(r);
		c->tls = any_uaddr(r);
		c->child = one_in(r, 2) ? (u32)(uintptr)current : (u32)random_next(r);
	}
	south_clone(c);
}

static void call_task(struct random *r)
{
	south_task(any_pid(r), any_place(r, sizeof(struct south_task)));
}

static void call_signal(struct random *r)
{
	u32 sig = one_in(r, 8) ? (u32)any_u64(r) : below(r, 66);
	s32 id = any_pid(r);

	/* The first process and whole groups seldom: the box is to go on. */
	if ((id <= 1 || one_in(r, 2)) && !one_in(r, 64))
		sig = one_in(r, 2) ? 0 : 17;
	south_signal(one_in(r, 16) ? (u32)any_u64(r) : below(r, 3) | (one_in(r, 2) ? SOUTH_SIGNAL_USER : 0),
		     id, sig, one_in(r, 2) ? NULL : any_place(r, SOUTH_SIGINFO_SIZE));
}

static void call_signal_pending(struct random *r)
{
	(void)r;
	south_signal_pending();
}

static void call_sigmask(struct random *r)
{
	south_sigmask(any_u64(r), one_in(r, 8) ? (u32)any_u64(r) : below(r, 2));
}

static void call_signal_take(struct random *r)
{
	void *info = one_in(r, 4) ? NULL : any_place(r, SOUTH_SIGINFO_SIZE);

	south_signal_take(any_u64(r), info);
}

/* Timers of all kinds, some that would never stop; others' handles, too. */
static void call_timer(struct random *r)
{
	static const u32 clocks[] = { 0, 1, 7, SOUTH_CLOCK_SIGNALS };
	struct south_timer *timer = any_place(r, sizeof(*timer));
	bool made = one_in(r, 4);
	s32 h = made ? -1 : any_handle(r);

	if (!one_in(r, 16)) {
		memset(timer, 0, sizeof(*timer));
		timer->clock = clocks[below(r, ARRAY_SIZE(clocks))];
		if (timer->clock != SOUTH_CLOCK_SIGNALS)
			timer->expires = one_in(r, 4) ? 1 : south_time(timer->clock) + below(r, 2000000);
		timer->interval = one_in(r, 2) ? 0 : below(r, 1u << below(r, 32));
		timer->sig = one_in(r, 2) ? 0 : 17;
		timer->tid = any_pid(r);
		timer->process = below(r, 2);
		timer->id = below(r, 4);
	}
	h = south_timer(h, !one_in(r, 8), timer);
	if (made)
		made_handle(h);
}

static void call_nice(struct random *r)
{
	south_nice(any_pid(r), (s32)any_u64(r));
}

static void call_comm(struct random *r)
{
	south_comm(any_place(r, TASK_COMM_LEN));
}

static void call_fact(struct random *r)
{
	static const u32 facts[] = { 102, 104, 107, 108, 39, 186, 110, 111, 0, 511, 512,
					SOUTH_FACT_ALL };

	south_fact(one_in(r, 8) ? (u32)random_next(r) : facts[below(r, ARRAY_SIZE(facts))],
		   one_in(r, 2) ? SOUTH_NO_FACT : (s32)random_next(r));
}

static void call_time(struct random *r)
{
	south_time(one_in(r, 2) ? below(r, 16) : (u32)any_u64(r));
}

static void call_entropy(struct random *r)
{
	u32 len = any_len(r);

	south_entropy(any_place(r, len), len);
}

static void call_host(struct random *r)
{
	south_host(any_place(r, sizeof(struct south_host)));
}

static void call_config(struct random *r)
{
	u32 len = any_len(r);

	south_config(one_in(r, 4) ? (u32)any_u64(r) : below(r, 8), any_place(r, len), len);
}

static void call_log(struct random *r)
{
	u32 len = any_len(r);

	/* The host's log takes some lines a second, and is to have room for a breach. */
	if (one_in(r, 1024))
		south_log(any_place(r, len), len);
}

void call_any(struct random *r)
{
	static void (*const call[])(struct random *) = {
#define IMPORT(name) [IMPORT_##name] = call_##name,
#include "imports.list"
#undef IMPORT
	};
	u32 which = below(r, ARRAY_SIZE(call));

	hostile.report.imports++;
	hostile.report.import[which]++;
	call[which](r);
}
