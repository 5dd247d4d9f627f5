// SPDX-License-Identifier: GPL-2.0
/* lbctl exec: a further program in a box that runs. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "cgroup.h"
#include "client.h"
#include "launch.h"
#include "lbctl.h"
#include "program.h"
#include "terminal.h"

static int parse(int key, char *arg, struct argp_state *state)
{
	if (key != ARGP_KEY_INIT)
		return ARGP_ERR_UNKNOWN;
	state->child_inputs[0] = NULL;
	state->child_inputs[1] = state->input;
	return 0;
}

static const struct argp_child children[] = {
	{ .argp = &json_argp },
	{ .argp = &program_argp },
	{ }
};

static const struct argp argp = {
	.parser = parse,
	.args_doc = "BOX -- PROGRAM [ARGUMENT...]",
	.doc = "Run PROGRAM in BOX, which was made by \"lbctl spawn\". The status is the "
	       "program's, as with spawn.",
	.children = children,
};

static int open_process(const struct box *box)
{
	int fd = box->pid ? syscall(SYS_pidfd_open, box->pid, 0) : -1;

	if (fd < 0)
		complain("%s: its first process is gone", box->name);
	return fd;
}

static int join(struct client *c, const char *word, const struct program *p)
{
	cleanup_fd int process = -1, cgroup = -1, null = -1;
	struct launch l = { .client = c, .stream = { 0, 1, 2 }, .program = p };
	struct termios saved;
	struct box box;
	int pidfd, status;
	pid_t pid;
	bool raw;

	if (client_box_get(c, word, &box))
		return complain("%s: %s", word, c->why);
	process = open_process(&box);
	if (process < 0)
		return STATUS_FAILED;
	cgroup = cgroup_open(box.name);
	if (cgroup < 0)
		return STATUS_FAILED;
	if (client_box_grant(c, box.id))
		return complain("%s: %s", word, c->why);
	if (!p->interactive) {
		null = open("/dev/null", O_RDWR | O_CLOEXEC);
		l.stream[0] = null;
	}
	l.box = box.id;
	l.join = process;
	l.cgroup = cgroup;
	if (setgroups(0, NULL))
		return complain("cannot drop groups: %s", strerror(errno));

	signals_hold();
	raw = p->tty && p->interactive && terminal_raw(&saved);
	status = launch(&l, &pid, &pidfd);
	if (!status)
		status = status_of(signals_forward(pid));
	if (raw)
		terminal_restore(&saved);
	return status;
}

static int run(int argc, char **argv)
{
	struct program_options o = { };
	struct client client cleanup_client = { };
	const char *word;
	int first;

	first = verb_parse(&verb_exec, argc, argv, &o);
	word = argv[first];
	if (!word)
		return complain("which box?");
	/* Options may also stand behind the box's name. */
	argv[first] = argv[0];
	first += verb_parse(&verb_exec, argc - first, argv + first, &o);
	if (program_finish(&o, argv + first) || need_root("exec") || client_open(&client))
		return STATUS_FAILED;
	return join(&client, word, &o.program);
}

const struct verb verb_exec = {
	.name = "exec",
	.summary = "run a further program in a box",
	.argp = &argp,
	.run = run,
	.program = true,
	.boxes = true,
};
