#!/usr/bin/python3 -u
"""subprocess, threading, multiprocessing, tempfile, shutil, mmap, signal, select."""
import collections, concurrent.futures, ctypes, errno, fcntl, hashlib, json, mmap, multiprocessing, os, pathlib, queue, select, shutil, signal, stat, struct, subprocess, sys, tempfile, threading, time

def square(x):
    return x * x

def crash(_):
    os._exit(3)

def main():
    r = subprocess.run(["sh", "-c", "cat; echo err >&2; exit 4"], input=b"in", capture_output=True)
    print(r.returncode, r.stdout, r.stderr)
    p = subprocess.Popen(["sleep", "60"], start_new_session=True); p.terminate(); print("terminated", p.wait())
    try:
        subprocess.run(["sleep", "60"], timeout=0.2)
    except subprocess.TimeoutExpired:
        print("timeout")
    try:
        subprocess.run(["/nonexistent"])
    except FileNotFoundError as e:
        print(e.errno == errno.ENOENT)
    print(subprocess.check_output("seq 100000 | tail -1", shell=True))
    print(subprocess.run(["env"], env={"X": "1"}, cwd="/", capture_output=True).stdout)

    lock, total = threading.Lock(), [0]
    def work():
        for _ in range(2000):
            with lock:
                total[0] += 1
    threads = [threading.Thread(target=work) for _ in range(8)]
    [t.start() for t in threads]; [t.join() for t in threads]; print("threads", total[0])
    q = queue.Queue(); threading.Thread(target=lambda: [q.put(i) for i in range(5)]).start(); print([q.get() for _ in range(5)])
    ev = threading.Event(); threading.Timer(0.1, ev.set).start(); print(ev.wait(5))
    with concurrent.futures.ThreadPoolExecutor(4) as ex:
        print(sum(ex.map(square, range(100))))

    for method in ("fork", "spawn"):
        with multiprocessing.get_context(method).Pool(3) as pool:
            print(method, pool.map(square, range(10)))
    ctx = multiprocessing.get_context("fork")
    v = ctx.Value("i", 0)
    def inc():
        for _ in range(100):
            with v.get_lock():
                v.value += 1
    ps = [ctx.Process(target=inc) for _ in range(4)]
    [p.start() for p in ps]; [p.join() for p in ps]; print("shared", v.value)
    a, b = ctx.Pipe(); p = ctx.Process(target=lambda: b.send({"k": [1, 2]})); p.start(); print(a.recv()); p.join(); print(p.exitcode)
    p = ctx.Process(target=crash, args=(0,)); p.start(); p.join(); print("crash", p.exitcode)
    qq = ctx.Queue(); p = ctx.Process(target=lambda: qq.put("queued")); p.start(); print(qq.get()); p.join()

    with tempfile.TemporaryDirectory(dir=".") as d:
        for i in range(30):
            pathlib.Path(d, f"f{i}").write_text("x" * i)
        os.makedirs(d + "/deep/er/est"); os.symlink("f1", d + "/ln")
        shutil.copytree(d, "copy", symlinks=True); print(len(list(os.walk("copy"))), sorted(os.listdir("copy"))[:4])
        with tempfile.NamedTemporaryFile(dir=d) as f:
            f.write(b"abc"); f.flush(); print(os.path.getsize(f.name))
        with tempfile.TemporaryFile(dir=d) as f:
            f.write(b"z" * 5000); f.seek(0); print(len(f.read()))
    print(os.path.exists(d)); shutil.make_archive("arch", "gztar", "copy"); shutil.rmtree("copy"); shutil.unpack_archive("arch.tar.gz", "un"); print(len(os.listdir("un")))
    shutil.move("un", "moved"); print(os.path.isdir("moved")); print(shutil.which("sh") is not None, shutil.disk_usage(".").total > 0)

    with open("m", "w+b") as f:
        f.truncate(8192)
        with mmap.mmap(f.fileno(), 8192) as m:
            m[0:5] = b"hello"; m[4096:4100] = b"page"; m.flush(); f.seek(4096); print(f.read(4))
            f.seek(10); f.write(b"WRITTEN"); f.flush(); print(m[10:17])
            pid = os.fork()
            if pid == 0:
                m[100] = 77; os._exit(0)
            os.waitpid(pid, 0); print("shared map", m[100])
        with mmap.mmap(f.fileno(), 8192, access=mmap.ACCESS_COPY) as m:
            m[0] = 0; f.seek(0); print(f.read(1))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long
    libc.mprotect.argtypes = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
    with open("m", "rb") as f:
        at = libc.mmap(None, 8192, mmap.PROT_READ, mmap.MAP_SHARED, f.fileno(), 0)
        print(libc.mprotect(at, 8192, mmap.PROT_READ | mmap.PROT_WRITE), errno.errorcode[ctypes.get_errno()], ctypes.string_at(at, 5))
    an = mmap.mmap(-1, 4096)
    if os.fork() == 0:
        an[0:3] = b"kid"; os._exit(0)
    os.wait(); print(an[0:3])

    got = []
    signal.signal(signal.SIGUSR1, lambda s, f: got.append(s)); os.kill(os.getpid(), signal.SIGUSR1); time.sleep(0.01); print(got == [signal.SIGUSR1])
    signal.signal(signal.SIGALRM, lambda s, f: got.append("alarm")); signal.setitimer(signal.ITIMER_REAL, 0.1); signal.pause(); print(got[-1])
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2]); os.kill(os.getpid(), signal.SIGUSR2); print(signal.sigpending() == {signal.SIGUSR2}, signal.sigwait([signal.SIGUSR2]) == signal.SIGUSR2)
    rd, wr = os.pipe(); signal.set_wakeup_fd(wr, warn_on_full_buffer=False) if os.set_blocking(wr, False) is None else 0
    os.kill(os.getpid(), signal.SIGUSR1); print(select.select([rd], [], [], 5)[0] == [rd], os.read(rd, 10) == bytes([signal.SIGUSR1])); signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, lambda s, f: got.append("chld")); os.waitpid(os.spawnvp(os.P_NOWAIT, "true", ["true"]), 0); print(got[-1])

    print(select.select([rd], [wr], [], 0)[1] == [wr]); po = select.poll(); po.register(rd, select.POLLIN); print(po.poll(50)); os.write(wr, b"1"); print(po.poll(50) == [(rd, select.POLLIN)])
    ep = select.epoll(); ep.register(rd, select.EPOLLIN | select.EPOLLET); print(ep.poll(1) == [(rd, select.EPOLLIN)], ep.poll(0.05)); os.write(wr, b"2"); print(len(ep.poll(1)))
    try:
        os.set_blocking(rd, False); os.read(rd, 10); os.read(rd, 10)
    except BlockingIOError:
        print("EAGAIN")
    os.close(rd)
    try:
        os.write(wr, b"x")
    except BrokenPipeError:
        print("EPIPE")

    with open("lk", "w") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        pid = os.fork()
        if pid == 0:
            g = open("lk", "w")
            try:
                fcntl.flock(g, fcntl.LOCK_EX | fcntl.LOCK_NB); os._exit(0)
            except BlockingIOError:
                os._exit(9)
        print("flock", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        fcntl.lockf(f, fcntl.LOCK_EX)
        if (pid := os.fork()) == 0:
            try:
                fcntl.lockf(open("lk", "w"), fcntl.LOCK_EX | fcntl.LOCK_NB); os._exit(0)
            except OSError:
                os._exit(8)
        print("posix lock", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    st = os.stat("/etc/passwd"); print(stat.filemode(st.st_mode), st.st_size > 0, os.access("/etc/passwd", os.W_OK))
    fd = os.open("pw", os.O_RDWR | os.O_CREAT, 0o640); print(os.pwrite(fd, b"12345", 3), os.pread(fd, 10, 0), os.fstat(fd).st_size); os.posix_fallocate(fd, 0, 100); print(os.fstat(fd).st_size)
    print(os.sendfile(os.open("sf", os.O_RDWR | os.O_CREAT), fd, 0, 50)); print(os.readlink("/proc/self/fd/%d" % fd).endswith("/pw"), os.getcwd() == os.path.realpath("."))
    pid, master = os.forkpty()
    if pid == 0:
        os.execvp("sh", ["sh", "-c", "tty >/dev/null && stty -echo && read x && echo got $x"])
    out = b""; time.sleep(0.5); os.write(master, b"typed\n")
    while b"got typed" not in out:
        out += os.read(master, 100)
    print("pty", os.waitpid(pid, 0)[1])
    print(os.getpriority(os.PRIO_PROCESS, 0), os.sched_getaffinity(0) == set(range(os.cpu_count())), os.getloadavg()[0] >= 0, os.uname().sysname, os.times().user >= 0)
    print(hashlib.sha256(open(sys.executable, "rb").read(1000)).hexdigest()[:4] != "", json.dumps({"a": 1}), len(os.urandom(16)), os.getgroups() is not None, os.getresuid(), os.umask(0o22))

if __name__ == "__main__":
    main()
