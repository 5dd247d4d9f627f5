/* SPDX-License-Identifier: GPL-2.0 */
/*
 * South: the host services that North may call. This file is the whole of the
 * interface between the confined library OS and the kernel: each declaration
 * is one import of north.wasm, each structure below crosses the line by value.
 *
 * What holds for every import unless its comment says otherwise:
 *
 * - It returns a value >= 0 or a negated Linux errno.
 * - It may sleep. It does not return when the box is being killed: the task is
 *   unwound to the gate instead.
 * - A pointer is an address in the box's linear memory. A range that isn't
 *   inside it is a bug of North: the box traps.
 * - A "uaddr" is an address of the calling task's user memory; a range that the
 *   task itself may not access gives -EFAULT.
 * - A handle is a small non-negative integer which names a host object of this
 *   box. A handle that isn't open, or is of another kind than the import takes,
 *   gives -EBADF. Every import that says so returns a new handle, which
 *   south_close() releases.
 * - A task that is exiting (north_exit) has neither memory nor signals: those that
 *   move or make contents, and south_wait(), give it -EINTR.
 * - Structures are read once and written once; padding is zero.
 */
#ifndef LB_SOUTH_H
#define LB_SOUTH_H

#ifdef __wasm__
#define SOUTH(name) __attribute__((import_module("south"), import_name(#name)))
#else
#define SOUTH(name)
#endif

/* ---- the box's memory, locks and waits -------------------------------- */

/*
 * south_grow - more linear memory.
 * @bytes: in: how much is needed; out: how much there is at the address that is
 *         returned, never less.
 *
 * The memory is zero, page-aligned and stays for the life of the box. Returns 0
 * if the box may not grow (its limit, or the host has no memory).
 */
SOUTH(grow) void *south_grow(u32 *bytes);

/*
 * south_lock, south_unlock - a mutex in a word of the box's memory.
 *
 * The word is 0 when free and belongs to South while it isn't. Waits without
 * regard to signals. The lock isn't recursive.
 */
SOUTH(lock) void south_lock(u32 *word);
SOUTH(unlock) void south_unlock(u32 *word);

#define SOUTH_WAIT_INTR 1 /* a signal that the task would handle ends the wait */

/*
 * south_wait - sleep until woken, if *@word is still @val.
 * @deadline: CLOCK_MONOTONIC in ns; negative: none; 0: in the past, only checks.
 * @flags: SOUTH_WAIT_INTR or 0. A fatal signal ends the wait in either case.
 *
 * The check and going to sleep are one step with respect to south_wake().
 * Returns 0 when woken (or for no reason), -EAGAIN if the word has another
 * value, -ETIMEDOUT, -EINTR.
 */
SOUTH(wait) s32 south_wait(u32 *word, u32 val, s64 deadline, u32 flags);

/* south_wake - wake up to @n tasks that wait on @word. Returns how many. */
SOUTH(wake) s32 south_wake(u32 *word, u32 n);

/* ---- the task's user memory ------------------------------------------- */

/* Copies of at most SOUTH_COPY_MAX bytes. All or -EFAULT. */
#define SOUTH_COPY_MAX 65536
SOUTH(user_read) s32 south_user_read(void *dst, u64 uaddr, u32 len);
SOUTH(user_write) s32 south_user_write(u64 uaddr, const void *src, u32 len);
/*
 * south_user_string - copy a NUL-terminated string of at most @size bytes with
 * its NUL. Returns its length without the NUL, or @size if there is no NUL in
 * the first @size bytes (nothing is terminated then), or -EFAULT.
 */
SOUTH(user_string) s32 south_user_string(char *dst, u64 uaddr, u32 size);
/* south_user_clear - write @len zero bytes (no limit). 0 or -EFAULT. */
SOUTH(user_clear) s32 south_user_clear(u64 uaddr, u64 len);

/* ---- handles: memory objects, host files, host directories, streams ---- */

SOUTH(close) s32 south_close(s32 h);

#define SOUTH_NONBLOCK 1 /* -EAGAIN rather than wait (streams) */
#define SOUTH_APPEND   2 /* write at the end of the file (host files) */

/*
 * south_object - a new memory object (an unnamed file in the host's shmem) of
 * @size bytes, all zero. Returns a handle. -ENOMEM, -ENFILE (the box's handles
 * are used up), -EFBIG.
 */
SOUTH(object) s32 south_object(u64 size);

/*
 * south_read, south_write - move bytes between an object, host file or stream
 * and the task's user memory.
 * @off: position in bytes; streams ignore it (they use their own).
 * @len: clipped to 0x7ffff000.
 *
 * Objects grow as they are written. Waits on streams are interruptible. Returns
 * the number of bytes moved, which may be less; 0 at the end; -EFAULT, -EINTR,
 * -ERESTARTSYS, -EAGAIN, -EPIPE (a pipe or socket of the host sends SIGPIPE by itself),
 * -EFBIG, -ENOSPC, -EIO, ...
 */
SOUTH(read) s64 south_read(s32 h, u64 off, u64 uaddr, u64 len, u32 flags);
SOUTH(write) s64 south_write(s32 h, u64 off, u64 uaddr, u64 len, u32 flags);

/* south_peek, south_poke - the same with memory of North, @len <= SOUTH_COPY_MAX. */
SOUTH(peek) s64 south_peek(s32 h, u64 off, void *dst, u32 len, u32 flags);
SOUTH(poke) s64 south_poke(s32 h, u64 off, const void *src, u32 len, u32 flags);

/*
 * south_copy - copy between objects and host files. Returns how many bytes were
 * copied, less than @len only at the end of the source.
 */
SOUTH(copy) s64 south_copy(s32 to, u64 to_off, s32 from, u64 from_off, u64 len);

/* south_truncate - set the size of an object or of a writable host file. */
SOUTH(truncate) s32 south_truncate(s32 h, u64 size);

/* south_allocate - fallocate(2) with its modes, on objects and writable host files. */
SOUTH(allocate) s32 south_allocate(s32 h, u32 mode, u64 off, u64 len);

/* south_seek - lseek(2): SEEK_DATA and SEEK_HOLE on all, SEEK_SET, _CUR, _END on streams. */
SOUTH(seek) s64 south_seek(s32 h, s64 off, u32 whence);

/* south_sync - fdatasync or fsync of a host file; nothing for objects. */
SOUTH(sync) s32 south_sync(s32 h, u32 datasync);

/* What a host file, directory or stream is. Times in ns since the epoch. */
struct south_stat {
	u64 ino;
	u64 dev;	/* of the host, for telling file systems apart only */
	u64 size;	/* bytes */
	u64 blocks;	/* of 512 bytes */
	u32 mode;	/* S_IFMT and permission bits */
	u32 nlink;
	u32 uid;	/* of the host; 65534 where it has no such id */
	u32 gid;
	u64 rdev;	/* Linux's 64-bit encoding as in statx: major << 32 | minor */
	s64 atime;
	s64 mtime;
	s64 ctime;
	u32 blksize;
	u32 pad;
};

/* south_stat - of an object (size and blocks only), host file, directory or stream. */
SOUTH(stat) s32 south_stat(s32 h, struct south_stat *st);

/*
 * Host directories. A "place" is a handle on one name of a host file system
 * beneath a directory that the policy gave to the box, without opening it.
 *
 * south_lookup - the place of one component of @dir, which is a place itself.
 * "." and ".." and names with a slash are refused (-EINVAL): a box never climbs.
 * Symbolic links aren't followed. File systems that show the host's kernel
 * (proc, sysfs, cgroup, devpts, ...) look empty. Returns a handle and fills @st.
 * -ENOENT, -EACCES, -ENOTDIR, -ENAMETOOLONG, -ENFILE.
 */
SOUTH(lookup) s32 south_lookup(s32 dir, const char *name, u32 len, struct south_stat *st);

#define SOUTH_OPEN_READ  1
#define SOUTH_OPEN_WRITE 2 /* only beneath a writable bind, else -EROFS */

/* south_open - open the regular file or directory at a place. Returns a handle. */
SOUTH(open) s32 south_open(s32 place, u32 flags);

/* south_readlink - the target of a symbolic link, not terminated. Returns its length. */
SOUTH(readlink) s32 south_readlink(s32 place, char *buf, u32 size);

/*
 * south_list - the next entries of an opened directory.
 * @cookie: in: where to go on, 0 at first; out: behind the last entry returned.
 *
 * Fills @buf with entries as below, each a multiple of 8 bytes long, without
 * "." and "..". Returns the number of bytes, 0 at the end.
 */
struct south_dirent {
	u64 ino;
	u64 cookie;	/* behind this entry */
	u16 reclen;	/* of this entry in all */
	u8 type;	/* DT_* */
	u8 namelen;
	char name[];	/* NUL-terminated */
};
SOUTH(list) s32 south_list(s32 h, u64 *cookie, void *buf, u32 size);

/*
 * south_make - create a name beneath a writable bind: a regular file,
 * directory, FIFO or socket by S_IFMT of @mode, or a symbolic link to @target.
 * @excl is implied. Returns a handle on the new place. -EEXIST, -EROFS, ...
 */
SOUTH(make) s32 south_make(s32 dir, const char *name, u32 len, u32 mode,
			   const char *target, u32 target_len);
/* south_remove - unlink a name, or remove a directory if @isdir. */
SOUTH(remove) s32 south_remove(s32 dir, const char *name, u32 len, u32 isdir);
/* south_rename - renameat2(2) with RENAME_NOREPLACE and RENAME_EXCHANGE. */
SOUTH(rename) s32 south_rename(s32 dir, const char *name, u32 len,
			       s32 todir, const char *toname, u32 tolen, u32 flags);
/* south_link - another name for the file at @place. */
SOUTH(link) s32 south_link(s32 place, s32 todir, const char *name, u32 len);

#define SOUTH_ATTR_MODE  1
#define SOUTH_ATTR_ATIME 2
#define SOUTH_ATTR_MTIME 4
/* south_setattr - change mode or times of the file at a place of a writable bind. */
SOUTH(setattr) s32 south_setattr(s32 place, u32 valid, u32 mode, s64 atime, s64 mtime);

struct south_statfs {
	u64 type, bsize, blocks, bfree, bavail, files, ffree;
};
SOUTH(statfs) s32 south_statfs(s32 h, struct south_statfs *st);

/* ---- streams ----------------------------------------------------------- */

/*
 * south_poll - what a stream is ready for, and a call when that changes.
 * @events: POLLIN | POLLOUT | ... that matter
 * @word: if not null, South adds 1 to it and wakes one waiter each time that the
 *        stream may have become ready, until south_poll_end() with the same word.
 *
 * Returns the events that hold now (POLLERR and POLLHUP always count), -ENOMEM.
 */
/* south_process - a handle on process or thread @id, zombies too, for south_poll(): POLLIN
 * when it has exited, also POLLHUP when it was waited for. -ESRCH, -ENFILE, -ENOMEM.
 */
SOUTH(process) s32 south_process(s32 id);
SOUTH(poll) s32 south_poll(s32 h, u32 events, u32 *word);
SOUTH(poll_end) void south_poll_end(s32 h, u32 *word);

#define SOUTH_STREAM_TTY 1
struct south_stream {
	u32 flags;	/* SOUTH_STREAM_TTY: a terminal of the host */
	u32 access;	/* 0 read, 1 write, 2 both */
	u16 rows, cols, xpixel, ypixel; /* of a terminal */
};
SOUTH(stream) s32 south_stream(s32 h, struct south_stream *st);

/* ---- mapping ------------------------------------------------------------ */

/*
 * south_map - mmap(2) into the calling task, of an object or host file, or
 * anonymous memory if @h is -1. MAP_SHARED with PROT_WRITE needs a handle that
 * may be written. A flag that a box has no use for gives -EINVAL. Returns the address.
 *
 * SOUTH_MAP_READONLY, besides the MAP_* flags: with MAP_SHARED, the mapping can't be
 * made writable by mprotect(2) either, as for a descriptor opened without writing.
 */
#define SOUTH_MAP_READONLY 0x80000000u
SOUTH(map) s64 south_map(s32 h, u64 addr, u64 len, u32 prot, u32 flags, u64 off);
SOUTH(unmap) s32 south_unmap(u64 addr, u64 len);

struct south_vma {
	u64 start, end, off;
	u64 ino;	/* of the host file or object that is mapped, 0 if none */
	u64 rss;	/* bytes present; 0 if not known */
	u32 prot;	/* PROT_* */
	u32 shared;	/* 1: MAP_SHARED */
	u32 what;	/* SOUTH_VMA_* */
	s32 handle;	/* the handle that was mapped, if it is still open, or -1 */
};
#define SOUTH_VMA_FILE  0
#define SOUTH_VMA_ANON  1
#define SOUTH_VMA_HEAP  2
#define SOUTH_VMA_STACK 3
#define SOUTH_VMA_VDSO  4
#define SOUTH_VMA_VVAR  5
/* south_vma - the first mapping of process @pid (0: own) that ends above @addr. -ENOENT, -ESRCH. */
SOUTH(vma) s32 south_vma(s32 pid, u64 addr, struct south_vma *vma);

#define SOUTH_MEM_RAW     0
#define SOUTH_MEM_CMDLINE 1
#define SOUTH_MEM_ENVIRON 2
#define SOUTH_MEM_AUXV    3
#define SOUTH_MEM_WRITE   4 /* raw, from @buf, where the process could write */
#define SOUTH_MEM_FORCE   8 /* besides raw ones: where it couldn't, too, as ptrace(2) does */
/*
 * south_task_mem - read the memory of process @pid of this box: raw at address
 * @off, or its arguments, environment or auxiliary vector from offset @off. Or write it.
 * Returns how many bytes there were, up to @len <= SOUTH_COPY_MAX. -ESRCH.
 */
SOUTH(task_mem) s32 south_task_mem(s32 pid, u32 what, u64 off, void *buf, u32 len);

/* ---- exec ---------------------------------------------------------------- */

/*
 * Within north_exec() only: the argument strings of the program being executed.
 * south_exec_pop drops argv[0]; south_exec_push puts a string before the rest.
 * -E2BIG, -ENOMEM; -EINVAL outside of north_exec().
 */
SOUTH(exec_pop) s32 south_exec_pop(void);
SOUTH(exec_push) s32 south_exec_push(const char *s, u32 len);

struct south_exec {
	u64 entry;	/* where to start: the interpreter's entry or the program's */
	u64 at_entry;	/* AT_ENTRY: the program's */
	u64 at_base;	/* AT_BASE: where the interpreter is, 0 without one */
	u64 at_phdr;
	u32 at_phent;
	u32 at_phnum;
	u64 start_code, end_code, start_data, end_data;
	u64 brk;	/* end of the program's bss, where the heap begins */
	u32 uid, euid, gid, egid, secure; /* AT_UID ... AT_SECURE */
	u32 execstack;	/* 1: PT_GNU_STACK asks for an executable stack */
	char comm[16];
	char execfn[4096]; /* NUL-terminated; AT_EXECFN */
};
/*
 * south_exec_commit - within north_exec_finish() only, after the program has
 * been mapped: mend the stack and the auxiliary vector, unmap the stub, start.
 */
SOUTH(exec_commit) s32 south_exec_commit(const struct south_exec *e);
/*
 * south_exec_layout - where an ET_DYN program of @len bytes is best loaded
 * (randomised), page-aligned.
 */
SOUTH(exec_layout) u64 south_exec_layout(u64 len);

/* ---- tasks ---------------------------------------------------------------- */

struct south_clone {
	u64 flags;	/* CLONE_* as clone(2), exit signal in the low byte */
	u64 stack;	/* the child's stack pointer, 0: the parent's */
	u64 parent_tid, child_tid, tls;
	u32 child;	/* the child's North task: an address in linear memory */
	u32 pad;
};
/*
 * south_clone - have the calling task run a native clone when North returns.
 *
 * Everything that can fail is allocated here. North then returns what it likes;
 * the task's result is the native one. When the child exists South stores its
 * thread id, process id (both in the box's pid namespace) and 0 at @child's
 * words SOUTH_TASK_TID, SOUTH_TASK_PID, and it starts with @child as current
 * and the stack of word SOUTH_TASK_STACK. If the native clone fails, or the task
 * never gets to run it, South calls north_clone_abort(child) later.
 * -ENOMEM, -EAGAIN (the box's task limit), -EINVAL (flags that no box may use).
 */
SOUTH(clone) s32 south_clone(const struct south_clone *c);
/* Words at the beginning of a North task that South reads or writes. */
#define SOUTH_TASK_STACK 0 /* top of its shadow stack */
#define SOUTH_TASK_TID   1
#define SOUTH_TASK_PID   2

struct south_task {
	s32 tid, pid, ppid, pgid, sid; /* in the box's pid namespace */
	s32 nice;
	u32 state;	/* 'R', 'S', 'D', 'T', 'Z', ... */
	u32 threads;
	u64 utime, stime, cutime, cstime; /* ns */
	u64 start;	/* ns since boot */
	u64 minflt, majflt;
	u64 vsize, rss, peak_rss, text, data, stack; /* bytes */
	u64 peak_vsize, file_rss, shmem_rss, swap, locked, pgtables; /* bytes */
	u64 nvcsw, nivcsw; /* of the thread: switches that it asked for, and others */
	u64 ran, waited, runs; /* of the thread: ns on a CPU, ns in a queue for one, how often */
	u64 start_code, end_code, start_stack, arg_start, arg_end, env_start, env_end;
	u64 sig_pending, sig_shared_pending, sig_blocked, sig_ignored, sig_caught;
	u32 cpu;	/* last ran on */
	u32 policy;	/* SCHED_* */
	u32 orphaned;	/* its process group is orphaned (POSIX 3.261) */
	u32 vforked;	/* shares its memory with its parent, which waits for it */
	s32 tracer;	/* who traces it with ptrace(2), a thread; 0: nobody */
	u32 exiting;	/* its process was killed or exits, or it itself, not leading one */
	u64 robust_list; /* address of the list that set_robust_list(2) told of, or 0 */
	u64 rlim_cur[16], rlim_max[16];
};
/*
 * south_task - facts about thread @tid of this box, 0 for the caller. -ESRCH.
 *
 * Times and faults are those of the whole process if the thread leads it, else the
 * thread's own. Of one that has exited and wasn't waited for, what is left.
 */
SOUTH(task) s32 south_task(s32 tid, struct south_task *t);

#define SOUTH_SIGNAL_THREAD  0 /* @id is a thread, 0 the caller */
#define SOUTH_SIGNAL_PROCESS 1
#define SOUTH_SIGNAL_GROUP   2 /* @id is a process group */
#define SOUTH_SIGNAL_SYS     3 /* see below */
#define SOUTH_SIGNAL_USER  256 /* besides the first three: as if the caller had used kill(2) */
#define SOUTH_SIGINFO_SIZE 48 /* of a siginfo_t, as the kernel keeps it */
/*
 * south_signal - a signal of the kernel's to tasks of this box; @sig 0 only checks.
 * -ESRCH, -EINVAL, -EPERM (somebody else's process is among them).
 *
 * SOUTH_SIGNAL_SYS: seccomp's SIGSYS to the caller about the call it makes, with @id as
 * si_errno; @sig 1: it isn't handled but ends the process.
 *
 * @info: NULL, or to a thread or a process SOUTH_SIGINFO_SIZE bytes of what its handler gets.
 * -EAGAIN: no room to keep it. A process's goes to one thread; if all of several block it, none.
 */
SOUTH(signal) s32 south_signal(u32 kind, s32 id, u32 sig, const void *info);

/* south_signal_pending - 1 if the caller has a signal to handle, else 0. */
SOUTH(signal_pending) s32 south_signal_pending(void);

/*
 * south_sigmask - another signal mask for the length of one call.
 * @how: 1: @mask is the caller's signal mask from now on; the old one is restored
 *       when the call ends, or if a signal is to be handled then, once its
 *       handler's frame is set up (set_user_sigmask(), sigsuspend's way).
 *       0: the call ended without a signal: restore the old mask at once.
 */
SOUTH(sigmask) s32 south_sigmask(u64 mask, u32 how);

/*
 * south_signal_take - take a signal of @mask that is pending for the caller, as
 * sigtimedwait(2) does without waiting; never SIGKILL or SIGSTOP. Its number, 0 if there
 * is none. @info gets the first SOUTH_SIGINFO_SIZE bytes of its siginfo_t, as the caller's
 * handler would; NULL: nothing is taken, 1 if there is one.
 */
SOUTH(signal_take) s32 south_signal_take(u64 mask, void *info);

/* south_nice - set the nice value of thread @tid, never below what the box began with, nor 0. */
SOUTH(nice) s32 south_nice(s32 tid, s32 nice);

/* south_comm - set the name of the calling thread (at most 15 bytes and a NUL). */
SOUTH(comm) void south_comm(const char *name);

/*
 * south_fact - the answer that the redirect gives to system call @nr of the
 * calling task from now on, until it is set again; inherited by children.
 * Only for calls whose way in syscalls.tbl is "inline" and whose answer is
 * North's. A value of SOUTH_NO_FACT sends the call to North instead.
 */
#define SOUTH_NO_FACT (-1000000)
/*
 * With this as @nr: from now on every call of thread @value, and of what it clones, comes
 * to North, native ones with SOUTH_ASK. For good.
 */
#define SOUTH_FACT_ALL 0xffffffffu
/* With this: the caller's process is (@value 1) or isn't whom orphans beneath it go to. */
#define SOUTH_FACT_SUBREAPER 0xfffffffeu
SOUTH(fact) void south_fact(u32 nr, s32 value);

/* ---- time, entropy, host, box ----------------------------------------------- */

/* south_time - ns of CLOCK_REALTIME (0), CLOCK_MONOTONIC (1) or CLOCK_BOOTTIME (7). */
SOUTH(time) s64 south_time(u32 clock);
struct south_timer {
	s64 expires;	/* ns of @clock; 0: disarmed */
	s64 interval;	/* ns after which it expires again and again, 0: once */
	u64 value;	/* si_value of its signal */
	u32 clock;	/* as of south_time(), or SOUTH_CLOCK_SIGNALS */
	u32 sig;	/* the signal sent when it expires, 0: none */
	s32 tid;	/* to this thread, or any of its process */
	u32 process;	/* 1: of its process */
	s32 id;		/* si_timerid */
	u32 overrun;	/* out: how often it expired since the last signal that was sent */
};
/*
 * A timer that never expires: its time comes when a signal has come for the process of
 * whoever called south_poll() (to be looked for with south_signal_take()).
 */
#define SOUTH_CLOCK_SIGNALS 0x80000000u
/*
 * south_timer - make a timer (@h is -1), set one, or ask for its overrun if @set is 0.
 *
 * south_poll() and south_poll_end() take its handle: each time it expires the word is
 * added to. While its signal is pending no other is sent, but si_overrun counts. Where
 * all of several threads block a process's signal it comes without siginfo. Those with
 * an interval repeat less often where all of the box would too often together; what is
 * left out counts as overrun. Returns the handle of a new timer. -ENOMEM, -ENFILE (the
 * box has too many), -ESRCH, -EINVAL.
 */
SOUTH(timer) s32 south_timer(s32 h, u32 set, struct south_timer *timer);
/* south_entropy - @len <= SOUTH_COPY_MAX random bytes. */
SOUTH(entropy) void south_entropy(void *dst, u32 len);

#define SOUTH_CPU_FLAGS 19
struct south_host {
	u64 mem_total, mem_free, mem_available; /* bytes, within the box's limit */
	u64 mem_used, mem_anon, mem_file; /* bytes charged to the box; all, on the host's lists */
	u64 mem_limit;	/* bytes; 0: none */
	u64 swap_total, swap_free;
	u64 load[3];	/* 16.16 fixed point */
	u64 uptime;	/* ns since boot */
	u64 idle;	/* ns, all CPUs */
	u32 cpus;	/* that the box may use */
	u32 cpu_limit;	/* the same as its limit; 0: none */
	u32 page;	/* bytes */
	u32 tasks;	/* alive in the box */
	u32 max_tasks;
	u32 hz;		/* khz of a CPU */
	u32 cpu_family, cpu_number, cpu_stepping; /* model by number */
	u32 cpu_cache;	/* KiB of its largest cache */
	u32 cpu_line;	/* bytes of a cache line */
	u32 cpu_flags[SOUTH_CPU_FLAGS]; /* feature words, by the kernel's numbers of them */
	u64 user_end;	/* behind the last user address that this host may have */
	char release[64]; /* utsname's */
	char version[64];
	char cpu_model[64];
	char cpu_vendor[16];
};
SOUTH(host) s32 south_host(struct south_host *host);

/*
 * south_config - the box's configuration, line @index, as a string of at most
 * @size bytes with its NUL. Lines: "root HANDLE ro|trusted",
 * "bind HANDLE ro|rw DST", "tmpfs DST", "hostname NAME". Returns the length,
 * -ENOENT behind the last.
 */
SOUTH(config) s32 south_config(u32 index, char *buf, u32 size);

/* south_log - a line for the host's log, rate-limited there. For bugs only. */
SOUTH(log) void south_log(const char *s, u32 len);

/* ---- what South calls: the exports of north.wasm ------------------------------ */

#ifdef __wasm__
#define NORTH_ENTRY(name) __attribute__((export_name(#name)))
#else
#define NORTH_ENTRY(name)
#endif

/* north_boot - once a box, before anything else. 0 or the errno with which spawn fails. */
NORTH_ENTRY(north_boot) s32 north_boot(void);
/*
 * north_enter - a first process, or a further one from outside (lbctl exec).
 * @tid, @pid: its ids. @in, @out, @err: handles of streams for descriptors 0..2, or -1.
 * Returns the address of its North task, or a negated errno.
 */
NORTH_ENTRY(north_enter) s64 north_enter(s32 tid, s32 pid, s32 in, s32 out, s32 err);
/*
 * north_syscall - one system call of current. Linux's in-kernel errnos (-ERESTARTSYS, ...) work.
 *
 * With SOUTH_ASK in @nr it is a native one that the redirect would let run: SOUTH_NATIVE
 * lets it, anything else is its result. SOUTH_NATIVE + pid: waitid(P_PIDFD) as P_PID.
 */
#define SOUTH_ASK 0x80000000u
#define SOUTH_NATIVE (-(1ll << 40))
NORTH_ENTRY(north_syscall)
s64 north_syscall(u32 nr, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5);
/*
 * north_exec - execveat before the point of no return: find, check, read headers, edit
 * argv. An errno; 0; SOUTH_EXEC_HIDDEN if nobody is to trace the program or look into it.
 */
#define SOUTH_EXEC_HIDDEN 1
NORTH_ENTRY(north_exec) s32 north_exec(s32 dirfd, u64 path, u32 flags);
/*
 * north_exec_finish - in the new address space: map program and interpreter,
 * south_exec_commit. An errno kills.
 */
NORTH_ENTRY(north_exec_finish) s32 north_exec_finish(void);
/* north_clone_abort - the child of a south_clone() will not come. */
NORTH_ENTRY(north_clone_abort) void north_clone_abort(void *child);
/*
 * north_exit - current is exiting; it has no user memory any more. @last: the last
 * thread of its process.
 */
NORTH_ENTRY(north_exit) void north_exit(u32 last);

#endif
