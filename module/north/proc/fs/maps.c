// SPDX-License-Identifier: GPL-2.0
/* maps and smaps: the mappings of a process, files by their names in the box. */
#include "procfs.h"
#include "../../ipc/sysv.h"

/* Names are written from this column on, as Linux does. */
#define NAME_COLUMN 73

struct maps {
	struct file *exe;	/* a reference or NULL */
	char *exe_path;
	s32 exe_handle;
	u64 exe_ino;
	/* The file met last, which mostly has several mappings in a row. */
	char *path;
	u64 path_ino;
	s32 path_handle;
};

static void maps_begin(struct maps *m, struct process *p)
{
	struct kstat st;

	memset(m, 0, sizeof(*m));
	m->exe_handle = -1;
	lock(&tasks_lock);
	if (p->exe)
		m->exe = file_get(p->exe);
	unlock(&tasks_lock);
	if (!m->exe)
		return;
	m->exe_path = path_of_file(m->exe);
	if (m->exe->inode->ops->handle)
		m->exe_handle = m->exe->inode->ops->handle(m->exe->inode, false);
	if (!inode_getattr(m->exe->inode, &st))
		m->exe_ino = st.ino;
}

static void maps_end(struct maps *m)
{
	if (m->exe)
		file_put(m->exe);
	release(m->exe_path);
	release(m->path);
}

/* NULL: it can't be told. */
static const char *file_name(struct maps *m, const struct south_vma *vma)
{
	if (m->path && m->path_ino == vma->ino && m->path_handle == vma->handle)
		return m->path;
	release(m->path);
	m->path = shm_path(vma);
	if (!m->path)
		m->path = vma_path(vma);
	m->path_ino = vma->ino;
	m->path_handle = vma->handle;
	return m->path;
}

static void show_name(struct maps *m, struct text *t, const struct south_vma *vma)
{
	static const char *const names[] = {
		[SOUTH_VMA_HEAP] = "[heap]",
		[SOUTH_VMA_STACK] = "[stack]",
		[SOUTH_VMA_VDSO] = "[vdso]",
		[SOUTH_VMA_VVAR] = "[vvar]",
	};
	const char *name = NULL;

	if (vma->what != SOUTH_VMA_FILE) {
		name = vma->what < ARRAY_SIZE(names) ? names[vma->what] : NULL;
	} else if (m->exe_path && ((vma->handle >= 0 && vma->handle == m->exe_handle) ||
				   (vma->ino && vma->ino == m->exe_ino))) {
		name = m->exe_path;
	} else {
		name = file_name(m, vma);
	}
	if (name)
		text_printf(t, "%s", name);
}

static void show_vma(struct maps *m, struct text *t, const struct south_vma *vma)
{
	size_t begin = t->len;

	text_printf(t, "%08llx-%08llx %c%c%c%c %08llx 00:00 %llu", vma->start, vma->end,
		    vma->prot & PROT_READ ? 'r' : '-', vma->prot & PROT_WRITE ? 'w' : '-',
		    vma->prot & PROT_EXEC ? 'x' : '-', vma->shared ? 's' : 'p', vma->off, vma->ino);
	text_printf(t, " ");
	if (vma->what != SOUTH_VMA_ANON && t->len - begin < NAME_COLUMN)
		text_printf(t, "%*s", (int)(NAME_COLUMN - (t->len - begin)), "");
	show_name(m, t, vma);
	text_printf(t, "\n");
}

static void show_detail(struct text *t, const struct south_vma *vma)
{
	static const char *const zero[] = {
		"Shared_Clean", "Shared_Dirty", "Private_Clean", "Private_Dirty", "Referenced",
		"Anonymous",
		"KSM", "LazyFree", "AnonHugePages", "ShmemPmdMapped", "FilePmdMapped",
		"Shared_Hugetlb",
		"Private_Hugetlb", "Swap", "SwapPss", "Locked",
	};
	u64 size = (vma->end - vma->start) >> 10, rss = vma->rss >> 10;

	text_printf(t, "Size:           %8llu kB\nKernelPageSize: %8u kB\nMMUPageSize:    %8u kB\n"
		    "Rss:            %8llu kB\nPss:            %8llu kB\nPss_Dirty:      %8u kB\n",
		    size, 4u, 4u, rss, rss, 0u);
	for (u32 i = 0; i < ARRAY_SIZE(zero); i++) {
		bool private = !vma->shared && (i == 3 || i == 4);

		text_printf(t, "%s:%*s%8llu kB\n", zero[i], (int)(15 - strlen(zero[i])), "",
			    private ? rss : 0);
	}
	text_printf(t, "THPeligible:           0\nVmFlags:%s%s%s%s\n",
		    vma->prot & PROT_READ ? " rd" : "",
		    vma->prot & PROT_WRITE ? " wr" : "", vma->prot & PROT_EXEC ? " ex" : "",
		    vma->shared ? " sh" : "");
}

static s32 show_all(struct proc_inode *p, struct text *t, bool detail)
{
	struct south_vma vma;
	struct subject s;
	struct maps m;
	u64 addr = 0;
	s32 err = subject_get_readable(p, &s);

	if (err)
		return err;
	maps_begin(&m, s.process);
	while (!t->failed && !(err = south_vma(p->pid, addr, &vma))) {
		show_vma(&m, t, &vma);
		if (detail)
			show_detail(t, &vma);
		addr = vma.end;
	}
	maps_end(&m);
	subject_put(&s);
	return err == -ENOENT || err == -ESRCH ? 0 : err;
}

s32 proc_show_maps(struct proc_inode *p, struct text *t)
{
	return show_all(p, t, false);
}

s32 proc_show_smaps(struct proc_inode *p, struct text *t)
{
	return show_all(p, t, true);
}
