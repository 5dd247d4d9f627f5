// SPDX-License-Identifier: GPL-2.0
/*
 * guest - makes calls that no honest program makes, for a time or a number of them.
 * Supervisors (--procs) each run one round after the other: a process that is hostile
 * in one mode, in a process group of its own, which is killed at the round's end.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "guest.h"

enum { MAX_PROCS = 64 };
static const double GRACE = 60;	/* seconds that a killed process may take */

/* Of a round, and without progress: long enough for a kernel that looks for bugs, where a start takes seconds. */
static double round_time = 2, still_time = 1;

const struct mode modes[] = {
	{ "stream", run_stream, true, "any call with arguments that nearly make sense" },
	{ "doors", run_doors, true, "int 0x80, 32-bit segments, x32, numbers of no call" },
	{ "toctou", run_toctou, false, "threads change paths, vectors, messages under a call" },
	{ "unmap", run_unmap, false, "threads unmap and protect memory under a call" },
	{ "exec", run_exec, false, "threads execute while others fork, exit, are killed; no programs" },
	{ "fork", run_fork, false, "fork bombs, vfork, all flags of clone" },
	{ "descriptors", run_descriptors, false, "storms, circles, messages of descriptors" },
	{ "signals", run_signals, false, "signals at every call, stops, nested handlers" },
	{ "tree", run_tree, false, "renames, deep trees, loops of links, /proc of the dying" },
	{ "pointers", run_pointers, false, "robust lists, rseq, sigreturn, odd stacks" },
	{ "memory", run_memory, false, "mappings, files that shrink under them, all memory" },
};
const unsigned int n_modes = sizeof(modes) / sizeof(modes[0]);

static uint64_t seed, calls;
static unsigned int procs = 1;
static double duration;
static bool chosen[sizeof(modes) / sizeof(modes[0])], boxed;

static void die(const char *what, const char *which)
{
	fprintf(stderr, "guest: %s%s\n", what, which);
	exit(2);
}

static uint64_t number(const char *text, const char *option, uint64_t most)
{
	char *end;
	unsigned long long n;

	errno = 0;
	n = strtoull(text, &end, 0);
	if (errno || *end || end == text || *text == '-' || n > most)
		die(option, " takes a number");
	return n;
}

static void choose(char *list)
{
	for (char *name = strtok(list, ","); name; name = strtok(NULL, ",")) {
		unsigned int i = 0;

		while (i < n_modes && strcmp(modes[i].name, name))
			i++;
		if (i == n_modes)
			die("no such mode: ", name);
		chosen[i] = true;
	}
}

static void usage(void)
{
	puts("usage: guest [--seconds N | --calls N] [--seed N] [--procs N] [--modes LIST] [--boxed]\n"
	     "  --seconds N   be hostile for so long (10)\n"
	     "  --calls N     make N calls of the stream, one after the other, always the same\n"
	     "  --seed N      repeat what was done with this seed\n"
	     "  --procs N     so many at a time (1)\n"
	     "  --boxed       it runs in a box: no other door may answer\n"
	     "  --modes LIST  of these, separated by commas (all):");
	for (unsigned int i = 0; i < n_modes; i++)
		printf("      %-12s %s\n", modes[i].name, modes[i].what);
	exit(0);
}

static void options(int argc, char **argv)
{
	static const struct option known[] = {
		{ "seconds", 1, NULL, 's' }, { "calls", 1, NULL, 'c' }, { "seed", 1, NULL, 'S' },
		{ "procs", 1, NULL, 'p' }, { "modes", 1, NULL, 'm' }, { "boxed", 0, NULL, 'b' },
		{ "help", 0, NULL, 'h' }, { 0 },
	};
	bool any = false;
	int o;

	while ((o = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (o) {
		case 's': duration = number(optarg, "--seconds", 1 << 20); break;
		case 'c': calls = number(optarg, "--calls", UINT64_MAX); break;
		case 'S': seed = number(optarg, "--seed", UINT64_MAX); break;
		case 'p': procs = number(optarg, "--procs", MAX_PROCS); break;
		case 'm': choose(optarg); break;
		case 'b': boxed = true; break;
		case 'h': usage(); break;
		default: exit(2);
		}
	}
	if (optind < argc)
		die("not an option: ", argv[optind]);
	if (calls && (duration || procs > 1))
		die("--calls is one stream", ": without --seconds and --procs");
	if (calls)
		memset(chosen, 0, sizeof(chosen)), chosen[0] = true;
	for (unsigned int i = 0; i < n_modes; i++)
		any |= chosen[i];
	if (!any)
		memset(chosen, true, sizeof(chosen));
	if (!calls && !duration)
		duration = 10;
	if (duration / 5 > round_time)
		round_time = duration < 50 ? duration / 5 : 10;
	still_time = round_time / 2;
	if (!procs)
		procs = 1;
	if (!seed)
		seed = time(NULL) ^ (uint64_t)getpid() << 32;
}

static struct shared *share(void)
{
	struct shared *s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (s == MAP_FAILED)
		die("no memory", "");
	return s;
}

static void limit(int which, rlim_t most)
{
	setrlimit(which, &(struct rlimit){ most, most });
}

/* What it writes to descriptors that are none of its own isn't for anybody to read. */
static void mute(void)
{
	int null = open("/dev/null", O_RDWR);

	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	close(null);
}

/* What hostility may cost where no box bounds it. */
static void limits(void)
{
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, 16 << 20);
	limit(RLIMIT_AS, 1 << 30);
	signal(SIGXFSZ, SIG_IGN);
}

static bool reaped(pid_t pid)
{
	int status;
	pid_t got = waitpid(pid, &status, WNOHANG | __WALL);

	if (got < 0)
		return errno == ECHILD;
	/* A child that asked to be traced stops, too. */
	return got && (WIFEXITED(status) || WIFSIGNALED(status));
}

static void nap(void)
{
	nanosleep(&(struct timespec){ 0, 2000000 }, NULL);
}

static void finish(pid_t pid)
{
	double since = seconds();

	kill(-pid, SIGKILL);
	kill(pid, SIGKILL);
	while (!reaped(pid) && seconds() - since < GRACE)
		nap();
	if (seconds() - since >= GRACE)
		broken(BROKEN_KILL);
	kill(-pid, SIGKILL);
}

/* A process of its own group, in @mode until the round ends or it does. */
static void attempt(const struct mode *mode)
{
	uint64_t index = now.shared->index, operations = now.shared->operations;
	double still = seconds();
	pid_t pid = fork();

	if (pid < 0) {
		nap();
		return;
	}
	if (!pid) {
		setpgid(0, 0);
		for (int sig = 1; sig < 65; sig++)
			if (sig != SIGXFSZ)
				signal(sig, SIG_DFL);
		limits();
		mute();
		random_seed(now.seed);
		mode->run();
		_exit(0);
	}
	while (!reaped(pid)) {
		if (now.shared->index != index || (!mode->stream && now.shared->operations != operations))
			still = seconds();
		index = now.shared->index;
		operations = now.shared->operations;
		if (!more() || seconds() - still > (mode->stream ? still_time : 4 * still_time))
			break;
		nap();
	}
	finish(pid);
}

static void run_round(const struct mode *mode, uint64_t round_seed)
{
	now.number = ++now.shared->round;
	now.shared->index = 0;
	now.end = seconds() + round_time;
	for (uint64_t i = 0; more(); i++) {
		now.seed = mode->stream ? round_seed : random_mix(round_seed, i);
		attempt(mode);
	}
	now.shared->round++;
}

static void stream_of_calls(void)
{
	now.number = ++now.shared->round;
	now.end = 1e18;
	now.last = calls;
	now.seed = seed;
	while (now.shared->index < calls)
		attempt(&modes[0]);
}

static void supervise(unsigned int worker, uint64_t counts[])
{
	char dir[48];
	double end = seconds() + duration;
	uint64_t before;

	/* Those whom nobody waits for any more are waited for here, where there is such a thing. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	snprintf(dir, sizeof(dir), "hostile%u.%d", worker, getpid());
	if ((mkdir(dir, 0777) && errno != EEXIST) || chdir(dir))
		die("cannot work in ", dir);
	if (calls) {
		stream_of_calls();
		counts[0] = now.shared->operations;
		return;
	}
	for (uint64_t round = 0; seconds() < end; round++) {
		uint64_t round_seed = random_mix(random_mix(seed, worker), round);
		unsigned int m;

		random_seed(round_seed);
		do
			m = below(n_modes);
		while (!chosen[m]);
		before = now.shared->operations;
		run_round(&modes[m], round_seed);
		counts[m] += now.shared->operations - before;
		while (waitpid(-1, NULL, WNOHANG | __WALL) > 0)
			;
	}
}

static int report(uint64_t (*counts)[sizeof(modes) / sizeof(modes[0])], struct shared *shared[], double took)
{
	uint64_t sum = 0, one;
	uint32_t bad = 0;

	for (unsigned int m = 0; m < n_modes; m++) {
		one = 0;
		for (unsigned int w = 0; w < procs; w++)
			one += counts[w][m];
		if (one)
			printf("# %s: %llu calls\n", modes[m].name, (unsigned long long)one);
		sum += one;
	}
	for (unsigned int w = 0; w < procs; w++)
		bad |= shared[w]->broken;
	if (bad & BROKEN_DOOR)
		puts("# FAILED: another door than the 64-bit one answered");
	if (bad & BROKEN_DATA)
		puts("# FAILED: what came out of a pipe isn't what went in");
	if (bad & BROKEN_KILL)
		puts("# FAILED: a killed process did not end");
	printf("# operations %llu failures %d seconds %.1f seed %llu\n", (unsigned long long)sum,
	       __builtin_popcount(bad), took, (unsigned long long)seed);
	return bad ? 1 : 0;
}

/* Says how far they are: the last that is known of a box that is ended from outside. */
static void wait_for_supervisors(struct shared *shared[])
{
	double told = seconds();
	unsigned int left = procs;
	int status;

	while (left) {
		if (waitpid(-1, &status, WNOHANG) > 0) {
			left--;
			if (status)
				die("a supervisor ended", "");
		}
		nap();
		if (seconds() - told > 2) {
			uint64_t sum = 0;

			for (unsigned int w = 0; w < procs; w++)
				sum += shared[w]->operations;
			printf("# %llu calls so far\n", (unsigned long long)sum);
			fflush(stdout);
			told = seconds();
		}
	}
}

int main(int argc, char **argv)
{
	static struct shared *shared[MAX_PROCS];
	uint64_t (*counts)[sizeof(modes) / sizeof(modes[0])];
	double start = seconds();
	ssize_t n;

	/* The end of what exec.c and others execute, with any arguments or none. */
	if (argc < 2 || !strcmp(argv[1], "--ended"))
		return 0;
	n = readlink("/proc/self/exe", program, PATH_MAX - 1);
	if (n <= 0)
		die("cannot find itself", "");
	options(argc, argv);
	printf("# seed %llu\n", (unsigned long long)seed);
	fflush(stdout);
	for (int sig = 1; sig < 65; sig++)
		if (sig != SIGCHLD)
			signal(sig, SIG_IGN);
	counts = mmap(NULL, sizeof(*counts) * MAX_PROCS, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (counts == MAP_FAILED)
		die("no memory", "");
	now.boxed = boxed;
	for (unsigned int w = 0; w < procs; w++) {
		shared[w] = now.shared = share();
		if (!fork()) {
			supervise(w, counts[w]);
			_exit(0);
		}
	}
	wait_for_supervisors(shared);
	return report(counts, shared, seconds() - start);
}
