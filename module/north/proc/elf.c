// SPDX-License-Identifier: GPL-2.0
/*
 * ELF programs: headers are checked before the point of no return, so that a
 * broken file is an errno and not a dead process; what Linux would only find
 * out while mapping is found out here, too.
 */
#include "exec.h"

#define ET_EXEC 2
#define ET_DYN 3
#define EM_X86_64 62
#define PT_LOAD 1
#define PT_INTERP 3
#define PT_GNU_STACK 0x6474e551
#define PF_X 1
#define PF_W 2
#define PF_R 4

#define SPAN_MAX (TASK_SIZE / 4)
#define ALIGN_MAX (1ull << 30)

#define PAGE_START(v) ((v) & ~(u64)(PAGE_SIZE - 1))
#define PAGE_OFFSET(v) ((v) & (PAGE_SIZE - 1))
#define PAGE_ALIGN(v) PAGE_START((v) + PAGE_SIZE - 1)

static s32 segment_check(struct elf_image *image, const struct elf_phdr *p, u64 size)
{
	if (p->vaddr >= TASK_SIZE || p->filesz > p->memsz || p->memsz > TASK_SIZE - p->vaddr)
		return -ENOEXEC;
	if (p->filesz) {
		if (PAGE_OFFSET(p->vaddr) != PAGE_OFFSET(p->offset))
			return -ENOEXEC;
		if (p->offset > size || p->filesz > size - p->offset)
			return -ENOEXEC;
	}
	if (!p->memsz)
		return 0;
	image->low = min(image->low, PAGE_START(p->vaddr));
	image->high = max(image->high, PAGE_ALIGN(p->vaddr + p->memsz));
	return 0;
}

static s32 phdrs_read(struct elf_image *image)
{
	struct elf_header *h = &image->header;
	u32 bytes = h->phnum * sizeof(struct elf_phdr);

	if (h->phentsize != sizeof(struct elf_phdr) || !bytes || bytes > PAGE_SIZE)
		return -ENOEXEC;
	image->phdrs = alloc(bytes);
	if (!image->phdrs)
		return -ENOMEM;
	return exec_peek(image->file, h->phoff, image->phdrs, bytes) == bytes ? 0 : -ENOEXEC;
}

s32 elf_check(struct elf_image *image, s32 error)
{
	struct elf_header *h = &image->header;
	struct kstat st;
	s64 n = exec_peek(image->file, 0, h, sizeof(*h));
	s32 err;

	if (n < 0)
		return n;
	if (n < (s64)sizeof(*h))
		return error == -ENOEXEC ? error : -EIO;
	if (memcmp(h->ident, "\177ELF", 4) || h->machine != EM_X86_64)
		return error;
	if (h->type != ET_EXEC && h->type != ET_DYN)
		return error;
	err = phdrs_read(image);
	if (err)
		return err == -ENOMEM ? err : error;
	err = inode_getattr(image->file->inode, &st);
	if (err)
		return err;
	image->low = ~0ull;
	for (u32 i = 0; i < h->phnum; i++) {
		if (image->phdrs[i].type != PT_LOAD)
			continue;
		err = segment_check(image, &image->phdrs[i], st.size);
		if (err)
			return err;
	}
	if (image->low >= image->high)
		return -ENOEXEC;
	if (image->high - image->low > SPAN_MAX)
		return -ENOMEM;
	if (h->entry >= (h->type == ET_EXEC ? TASK_SIZE : SPAN_MAX + image->low))
		return -ENOEXEC;
	return 0;
}

char *elf_interpreter(const struct elf_image *image)
{
	for (u32 i = 0; i < image->header.phnum; i++) {
		const struct elf_phdr *p = &image->phdrs[i];
		char *path;
		s64 n;

		if (p->type != PT_INTERP)
			continue;
		if (p->filesz > PATH_MAX || p->filesz < 2)
			return ERR_PTR(-ENOEXEC);
		path = alloc(p->filesz);
		if (!path)
			return ERR_PTR(-ENOMEM);
		n = exec_peek(image->file, p->offset, path, p->filesz);
		if (n == (s64)p->filesz && !path[n - 1])
			return path;
		release(path);
		return ERR_PTR(n < 0 ? (s32)n : n < (s64)p->filesz ? -EIO : -ENOEXEC);
	}
	return NULL;
}

bool elf_execstack(const struct elf_image *image)
{
	bool execstack = false;

	for (u32 i = 0; i < image->header.phnum; i++)
		if (image->phdrs[i].type == PT_GNU_STACK)
			execstack = !!(image->phdrs[i].flags & PF_X);
	return execstack;
}

/* ---- mapping ---- */

static u32 prot_of(const struct elf_phdr *p)
{
	return (p->flags & PF_R ? PROT_READ : 0) | (p->flags & PF_W ? PROT_WRITE : 0) |
	       (p->flags & PF_X ? PROT_EXEC : 0);
}

static s32 map_error(s64 r)
{
	return r < 0 ? r : -ENOMEM;
}

static s32 segment_map(s32 handle, const struct elf_phdr *p, u64 bias, u32 fixed)
{
	u64 start = bias + p->vaddr, file_end = start + p->filesz, end = start + p->memsz;
	u64 at = PAGE_START(start);
	s64 r;

	if (p->filesz) {
		r = south_map(handle, at, PAGE_ALIGN(file_end) - at, prot_of(p),
			      MAP_PRIVATE | fixed,
			      PAGE_START(p->offset));
		if (r != (s64)at)
			return map_error(r);
		/* As binfmt_elf: a page that can't be written keeps what the file has there. */
		if (p->memsz > p->filesz && PAGE_OFFSET(file_end) &&
		    south_user_clear(file_end, PAGE_ALIGN(file_end) - file_end) &&
		    (p->flags & PF_W))
			return -EFAULT;
		at = PAGE_ALIGN(file_end);
	}
	end = PAGE_ALIGN(end);
	if (p->memsz > p->filesz && end > at) {
		r = south_map(-1, at, end - at,
			      PROT_READ | PROT_WRITE | (p->flags & PF_X ? PROT_EXEC : 0),
			      MAP_PRIVATE | MAP_ANONYMOUS | fixed, 0);
		if (r != (s64)at)
			return map_error(r);
	}
	return 0;
}

static u64 image_align(const struct elf_image *image)
{
	u64 align = PAGE_SIZE;

	for (u32 i = 0; i < image->header.phnum; i++) {
		u64 a = image->phdrs[i].align;

		if (image->phdrs[i].type == PT_LOAD && a > align && a <= ALIGN_MAX &&
		    !(a & (a - 1)))
			align = a;
	}
	return align;
}

/*
 * A free span for an ET_DYN image: reserved to learn that it is free, and let go
 * of again so that the holes between segments stay holes. Nobody else maps: the
 * process has one thread and hasn't started.
 */
static s64 image_place(const struct elf_image *image, bool program)
{
	u64 len = image->high - image->low, align = image_align(image), at = 0;
	s64 r = -EEXIST;
	s32 err;

	if (program) {
		at = ALIGN_UP(south_exec_layout(len + align), align);
		r = south_map(-1, at, len, 0, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, 0);
		if (r >= 0 && r != (s64)at) {
			south_unmap(r, len);
			r = -EEXIST;
		}
	}
	if (r == -EEXIST) {
		r = south_map(-1, 0, len + align - PAGE_SIZE, 0, MAP_PRIVATE | MAP_ANONYMOUS, 0);
		if (r < 0)
			return r;
		err = south_unmap(r, len + align - PAGE_SIZE);
		return err ? err : ALIGN_UP(r, (s64)align);
	}
	if (r < 0)
		return r;
	err = south_unmap(at, len);
	return err ? err : (s64)at;
}

static void place_segment(struct elf_place *place, const struct elf_phdr *p, u64 phoff)
{
	u64 file_end = p->vaddr + p->filesz;

	if (p->offset <= phoff && phoff < p->offset + p->filesz)
		place->phdrs = phoff - p->offset + p->vaddr;
	if ((p->flags & PF_X) && p->vaddr < place->start_code)
		place->start_code = p->vaddr;
	if ((p->flags & PF_X) && place->end_code < file_end)
		place->end_code = file_end;
	place->start_data = max(place->start_data, p->vaddr);
	place->end_data = max(place->end_data, file_end);
	place->brk = max(place->brk, p->vaddr + p->memsz);
}

s32 elf_map(const struct elf_image *image, bool program, struct elf_place *place)
{
	const struct elf_header *h = &image->header;
	struct inode *inode = image->file->inode;
	s32 handle = inode->ops->handle(inode, false), err;
	u32 fixed = MAP_FIXED;

	if (handle < 0)
		return handle;
	memset(place, 0, sizeof(*place));
	place->start_code = ~0ull;
	if (h->type == ET_DYN) {
		s64 at = image_place(image, program);

		if (at < 0)
			return at;
		place->bias = (u64)at - image->low;
	} else if (program) {
		fixed = MAP_FIXED_NOREPLACE;
	}
	for (u32 i = 0; i < h->phnum; i++) {
		const struct elf_phdr *p = &image->phdrs[i];

		if (p->type != PT_LOAD)
			continue;
		err = segment_map(handle, p, place->bias, fixed);
		if (err)
			return err;
		fixed = MAP_FIXED;
		place_segment(place, p, h->phoff);
	}
	place->entry = h->entry + place->bias;
	place->phdrs += place->bias;
	place->start_code += place->bias;
	place->end_code += place->bias;
	place->start_data += place->bias;
	place->end_data += place->bias;
	place->brk = PAGE_ALIGN(place->brk + place->bias);
	return 0;
}
