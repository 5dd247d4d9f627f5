#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Sockets of AF_UNIX: as programs and Python's own servers use them."""
import array, asyncio, errno, fcntl, multiprocessing, os, select, socket, socketserver, stat, struct, sys
import tempfile, termios, threading

U = socket.AF_UNIX
TYPES = {"stream": socket.SOCK_STREAM, "dgram": socket.SOCK_DGRAM, "seqpacket": socket.SOCK_SEQPACKET}
os.chdir(tempfile.mkdtemp())


def err(f, *args):
    try:
        r = f(*args)
        return "done" if r is None else r if isinstance(r, (int, bytes, str)) else type(r).__name__
    except OSError as e:
        return errno.errorcode[e.errno]


def new(kind, nonblock=False):
    return socket.socket(U, TYPES[kind] | (socket.SOCK_NONBLOCK if nonblock else 0))


def child(f):
    sys.stdout.flush()
    pid = os.fork()
    if not pid:
        code = 99
        try:
            code = f() or 0
        finally:
            os._exit(code)
    return pid


def wait(pid):
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


print("# an echo server with several clients, which are processes")
server = new("stream")
server.bind("echo")
server.listen(3)
print(oct(os.stat("echo").st_mode), stat.S_ISSOCK(os.stat("echo").st_mode))


def client(n):
    s = new("stream")
    s.connect("echo")
    data = bytes([n]) * 70000
    sender = threading.Thread(target=lambda: (s.sendall(data), s.shutdown(socket.SHUT_WR)))
    sender.start()
    got = b""
    while part := s.recv(5000):
        got += part
    sender.join()
    return 0 if got == data else 1


pids = [child(lambda: client(n)) for n in range(6)]
poll, conns, served = select.epoll(), {}, 0
poll.register(server, select.EPOLLIN)
while served < 6:
    for fd, events in poll.poll(20):
        if fd == server.fileno():
            c, _ = server.accept()
            conns[c.fileno()] = c
            poll.register(c, select.EPOLLIN | select.EPOLLRDHUP)
        elif events & select.EPOLLIN:
            if data := conns[fd].recv(65536):
                conns[fd].sendall(data)
            else:
                poll.unregister(fd)
                conns.pop(fd).close()
                served += 1
print([wait(p) for p in pids])
server.close()
print(err(client, 1))

print("# messages")
for kind in "dgram", "seqpacket":
    a, b = socket.socketpair(U, TYPES[kind])
    for m in b"", b"one", b"x" * 100000:
        a.send(m)
    print(kind, b.recv(10), b.recvfrom(2), b.recvmsg(10)[0::2], end=" ")
    a.send(b"peeked")
    print(b.recv(10, socket.MSG_PEEK), len(b.recv(3, socket.MSG_TRUNC | socket.MSG_PEEK)), b.recv(10))
    print(err(a.send, b"y" * 300000), err(b.recv, 1, socket.MSG_DONTWAIT))
    b.close()
    print(err(a.send, b"z"), err(a.send, b"z"))
one, two = new("dgram"), new("dgram")
one.bind("one")
two.bind("\0two-%d" % os.getpid())
two.sendto(b"to one", "one")
data, who = one.recvfrom(100)
print(data, who == b"\0two-%d" % os.getpid())
one.sendto(b"back", who)
print(two.recv(100), err(two.sendto, b"x", "none"), err(two.send, b"x"))
two.connect("one")
print(two.getpeername(), two.send(b"connected"), one.recvfrom(100, socket.MSG_WAITALL)[0])
one.close()
print(err(two.send, b"x"), err(two.send, b"x"))

print("# descriptors")
a, b = socket.socketpair()
r, w = os.pipe()
print(socket.send_fds(a, [b"fds"], [r, w]))
os.close(r), os.close(w)
msg, (r, w), flags, _ = socket.recv_fds(b, 10, 2, socket.MSG_CMSG_CLOEXEC)
os.write(w, b"through")
print(msg, os.read(r, 10), flags == socket.MSG_CMSG_CLOEXEC, os.get_inheritable(r))
socket.send_fds(a, [b"cut"], [r, w, r])
m, c, flags, _ = b.recvmsg(10, socket.CMSG_LEN(4))
print(m, len(c[0][2]), flags & socket.MSG_CTRUNC != 0)
socket.send_fds(a, [b"lost"], [w])
print(b.recv(10))
print(err(socket.send_fds, a, [b"bad"], [999]), err(socket.send_fds, a, [b"many"], [r] * 254))
pid = child(lambda: os.write(socket.recv_fds(b, 10, 1)[1][0], b"from a child") and 0)
socket.send_fds(a, [b"x"], [w])
print(wait(pid), os.read(r, 100))
for _ in range(300):
    x, y = socket.socketpair()
    p, q = socket.socketpair()
    socket.send_fds(x, [b"c"], [y.fileno(), p.fileno(), q.fileno()])
    socket.send_fds(p, [b"c"], [x.fileno(), q.fileno()])
    for s in x, y, p, q:
        s.close()
socket.socket(U).close()
print("cycles are made, and", len(os.listdir("/proc/self/fd")) < 40)

print("# credentials")
a.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
b.send(b"who")
m, c, flags, _ = a.recvmsg(10, 100)
print(m, struct.unpack("iII", c[0][2]) == (os.getpid(), os.getuid(), os.getgid()), flags)
cred = struct.pack("iII", os.getpid(), os.getuid(), os.getgid())
b.sendmsg([b"me"], [(socket.SOL_SOCKET, socket.SCM_CREDENTIALS, cred)])
print(a.recvmsg(10, 100)[1][0][2] == cred)


def forge():
    os.setresuid(7, 7, 7)
    return err(b.sendmsg, [b"x"], [(1, 2, struct.pack("iII", os.getpid(), 0, 0))]) != "EPERM"


print(os.getuid() or wait(child(forge)))
print(struct.unpack("iII", a.getsockopt(1, socket.SO_PEERCRED, 12)) == (os.getpid(), os.getuid(), os.getgid()))

print("# names, and what is wrong with them")
s, t = new("stream"), new("stream")
print(s.getsockname(), err(s.listen, 1), err(s.getpeername), err(s.send, b"x"), err(s.recv, 1), err(s.accept))
s.bind("\0abstract-%d" % os.getpid())
print(err(t.bind, "\0abstract-%d" % os.getpid()), err(s.bind, "again"), os.path.exists("again"))
print(err(t.connect, "\0abstract-%d" % os.getpid()), err(t.connect, "nothing"), err(t.connect, "one"))
t.bind("")
print(len(t.getsockname()), err(t.bind, "x/y"))
d = new("dgram")
d.bind("dgrams")
print(err(new("stream").connect, "dgrams"), err(new("stream").bind, "dgrams"), err(d.listen, 1), err(d.accept))
open("plain", "w").close()
print(err(new("stream").connect, "plain"), err(os.open, "dgrams", os.O_RDWR))
os.umask(0o077)
s2 = new("stream")
s2.bind("private")
s2.listen(0)
print(oct(os.stat("private").st_mode))
os.chmod(".", 0o755)


def stranger():
    os.setresuid(7, 7, 7)
    return err(new("stream").connect, "private") != "EACCES"


print(os.getuid() or wait(child(stranger)))
os.rename("private", "renamed")
print(err(new("stream").connect, "renamed"), err(new("stream").connect, "private"))
print([err(socket.socket, family) for family in (99, 45)], err(socket.socket, U, 9), err(socket.socket, U, 1, 5))
print(err(os.sendfile, 1, s2.fileno(), 0, 10), err(os.lseek, s2.fileno(), 0, 0))

print("# without waiting")
s = new("stream", True)
s.bind("queue")
s.listen(1)
cs = [new("stream", True) for _ in range(4)]
print([err(c.connect, "queue") for c in cs], err(cs[0].connect, "queue"))
ep = select.epoll()
ep.register(s, select.EPOLLIN)
print([e for _, e in ep.poll(0)], type(s.accept()[0]).__name__, err(cs[3].connect, "queue"))
a, b = socket.socketpair()
a.setblocking(False)
n = 0
while isinstance(sent := err(a.send, b"x" * 1000), int):
    n += sent
print(n, sent)
ep.register(a, select.EPOLLOUT | select.EPOLLET)
print(ep.poll(0) == ep.poll(0))
inq = array.array("i", [0])
fcntl.ioctl(b, termios.FIONREAD, inq)
print(inq[0] == n, len(b.recv(n, socket.MSG_WAITALL)) == n, [e for f, e in ep.poll(1) if f == a.fileno()])
a.send(b"unread")
b.send(b"unread")
b.shutdown(socket.SHUT_WR)
p = select.poll()
p.register(a, select.POLLIN | select.POLLOUT | select.POLLRDHUP)
print(p.poll(0)[0][1], a.recv(100), a.recv(100), p.poll(0)[0][1])
b.close()
print(p.poll(0)[0][1], err(a.recv, 1), a.recv(1), err(a.send, b"x"))
a, b = socket.socketpair()
a.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("qq", 0, 50000))
print(err(a.recv, 1), a.getsockopt(1, socket.SO_SNDBUF), a.getsockopt(1, socket.SO_TYPE),
      a.getsockopt(1, socket.SO_DOMAIN), s.getsockopt(1, socket.SO_ACCEPTCONN), a.getsockopt(1, socket.SO_ERROR))

print("# bytes by way of pipes and files")
with open("data", "wb") as f:
    f.write(bytes(range(256)) * 100)
with open("data", "rb") as f:
    print(a.sendfile(f), len(b.recv(25600, socket.MSG_WAITALL)))
r, w = os.pipe()
os.write(w, b"spliced")
print(os.splice(r, a.fileno(), 100), os.splice(b.fileno(), w, 100), os.read(r, 100))
print(os.writev(a.fileno(), [b"a", b"bc"]), os.read(b.fileno(), 10))

print("# Python's own")


class Upper(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line.upper())


with socketserver.ThreadingUnixStreamServer("upper", Upper) as srv:
    threading.Thread(target=srv.serve_forever, daemon=True).start()
    with new("stream") as c:
        c.connect("upper")
        f = c.makefile("rwb")
        for n in range(3):
            f.write(b"line %d\n" % n)
            f.flush()
            print(f.readline())
        f.close()
    srv.shutdown()


async def talk():
    async def answer(reader, writer):
        writer.write((await reader.readline())[::-1])
        writer.close()

    srv = await asyncio.start_unix_server(answer, "async")

    async def ask(n):
        reader, writer = await asyncio.open_unix_connection("async")
        writer.write(b"%d asks\n" % n)
        got = await reader.read()
        writer.close()
        return got

    got = await asyncio.gather(*[ask(n) for n in range(20)])
    srv.close()
    p = await asyncio.create_subprocess_exec("tr", "a-z", "A-Z", stdin=-1, stdout=-1)
    return got[0], got[19], len(got), (await p.communicate(b"through tr"))[0]


print(asyncio.run(talk()))


def square(n):
    return n * n


if __name__ == "__main__":
    ctx = multiprocessing.get_context("fork")
    x, y = ctx.Pipe()
    p = ctx.Process(target=lambda: y.send([y.recv(), 2]))
    p.start()
    x.send({"a": 1})
    print(x.recv(), p.join(), p.exitcode)
    with ctx.Pool(3) as pool:
        print(pool.map(square, range(10)))
    with ctx.Manager() as m:
        d = m.dict(a=1)
        p = ctx.Process(target=lambda: d.update(b=2))
        p.start()
        p.join()
        print(dict(d))
    print("forkserver" in multiprocessing.get_all_start_methods())
