#include "../task.h"
#include "../fs/fs.h"
__weak s32 dev_open(struct inode *i, struct file *f){return -ENXIO;}
__weak s32 fifo_open(struct inode *i, struct file *f){return -ENXIO;}
static s64 sread(struct file *f, struct uio *io, u64 *pos){ s64 n; if(!io->count) return 0; n=south_read((s32)(uintptr)f->private-1,0,io->vec[0].base,io->vec[0].len,0); if(n>0) uio_advance(io,n); return n;}
static s64 swrite(struct file *f, struct uio *io, u64 *pos){ s64 n; if(!io->count) return 0; n=south_write((s32)(uintptr)f->private-1,0,io->vec[0].base,io->vec[0].len,0); if(n>0) uio_advance(io,n); return n;}
static const struct file_ops sops={.read=sread,.write=swrite};
__weak struct file *stream_file(s32 h){ return file_anon(&sops,"stream",0600|S_IFIFO,O_RDWR,(void*)(uintptr)(h+1));}
#define S(n) __weak s64 n(const u64*a){return -ENOSYS;}
__weak s64 pipe_fcntl(struct file *f, bool set, u32 arg){return -EBADF;} __weak s64 memfd_fcntl(struct file *f, bool add, u32 arg){return -EINVAL;}
S(sys_eventfd) S(sys_eventfd2) S(sys_memfd_create) S(sys_pipe) S(sys_pipe2) S(sys_socketpair)
__weak s32 stream_console_open(struct file *f, bool any){return -ENXIO;}
