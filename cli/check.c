// SPDX-License-Identifier: GPL-2.0
/* lbctl check: can this host run boxes, and if not, what to do about it. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/seccomp.h>
#include "cgroup.h"
#include "client.h"
#include "jail.h"
#include "lbctl.h"
#include "table.h"

static const struct column columns[] = {
	{ COLUMN_TEXT, "what", "WHAT" },
	{ COLUMN_TEXT, "result", "RESULT" },
	{ COLUMN_TEXT, "found", "FOUND" },
	{ COLUMN_TEXT, "remedy", "REMEDY" },
	{ }
};

/* struct finding - @remedy: NULL if all is well */
struct finding {
	char found[128];
	const char *remedy;
};

static void check_root(struct finding *f)
{
	snprintf(f->found, sizeof(f->found), "user %u", geteuid());
	if (geteuid())
		f->remedy = "run lbctl as root";
}

static void check_kernel(struct finding *f)
{
	struct utsname u;
	unsigned int major, minor;

	uname(&u);
	snprintf(f->found, sizeof(f->found), "%.100s %.20s", u.release, u.machine);
	if (strcmp(u.machine, "x86_64"))
		f->remedy = "litebox is for x86-64";
	else if (sscanf(u.release, "%u.%u", &major, &minor) == 2 &&
		 (major < 6 || (major == 6 && minor < 12)))
		f->remedy = "install Linux 6.12 or newer";
}

static bool module_loadable(void)
{
	return !system("modinfo litebox >/dev/null 2>&1");
}

static void check_module(struct finding *f)
{
	struct client client cleanup_client = { };
	struct module_facts facts;

	if (!access("/sys/module/litebox", F_OK)) {
		if (client_open(&client)) {
			strcpy(f->found, "loaded, but out of reach");
			f->remedy = "run lbctl in the host's network namespace";
		} else if (client_version(&client, &facts)) {
			strcpy(f->found, "loaded, but it doesn't answer");
			f->remedy = "install lbctl and module of the same version";
		} else {
			snprintf(f->found, sizeof(f->found), "loaded, version %s", facts.version);
		}
	} else if (module_loadable()) {
		strcpy(f->found, "installed, not loaded");
		f->remedy = "modprobe litebox";
	} else {
		strcpy(f->found, "not installed for this kernel");
		f->remedy = "build and install it: make, make install, depmod";
	}
}

static void check_cgroup(struct finding *f)
{
	const char *missing = cgroup_missing();

	snprintf(f->found, sizeof(f->found), "%s", missing ? missing :
		 "version 2 with memory, pids and cpu");
	if (missing)
		f->remedy = "boot with systemd.unified_cgroup_hierarchy=1, without cgroup_disable=";
}

static void check_landlock(struct finding *f)
{
	int abi = jail_landlock_abi();

	if (abi >= 1) {
		snprintf(f->found, sizeof(f->found), "ABI %d", abi);
		return;
	}
	snprintf(f->found, sizeof(f->found), "%s", errno == EOPNOTSUPP ? "switched off" : "none");
	f->remedy = "boot with landlock in the list of lsm= (CONFIG_SECURITY_LANDLOCK)";
}

static void check_namespaces(struct finding *f)
{
	pid_t pid = fork();
	int status = -1;

	if (!pid)
		_exit(unshare(JAIL_CLONE_FLAGS | CLONE_NEWCGROUP) ? errno : 0);
	if (pid > 0)
		waitpid(pid, &status, 0);
	if (!status) {
		strcpy(f->found, "user, pid, mount, net, ipc, uts, cgroup");
		return;
	}
	snprintf(f->found, sizeof(f->found), "cannot be made: %s",
		 WIFEXITED(status) ? strerror(WEXITSTATUS(status)) : "unknown");
	f->remedy = "sysctl user.max_user_namespaces=10000, and allow user namespaces";
}

static void check_seccomp(struct finding *f)
{
	/* A NULL filter is a bad address where there are filters. */
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL) && errno == EFAULT) {
		strcpy(f->found, "filters");
		return;
	}
	strcpy(f->found, "no filters");
	f->remedy = "use a kernel with CONFIG_SECCOMP_FILTER";
}

static const struct {
	const char *what;
	void (*check)(struct finding *f);
} checks[] = {
	{ "root", check_root },
	{ "kernel", check_kernel },
	{ "module", check_module },
	{ "cgroups", check_cgroup },
	{ "landlock", check_landlock },
	{ "namespaces", check_namespaces },
	{ "seccomp", check_seccomp },
};

static int run(int argc, char **argv)
{
	struct table *t;
	bool ok = true;
	size_t i;

	verb_parse(&verb_check, argc, argv, NULL);
	t = table_new(columns);
	for (i = 0; i < ARRAY_SIZE(checks); i++) {
		struct finding f = { };

		checks[i].check(&f);
		if (f.remedy)
			ok = false;
		table_add(t, checks[i].what, f.remedy ? "missing" : "ok", f.found, f.remedy);
	}
	table_print(t);
	return ok ? 0 : 1;
}

static const struct argp argp = {
	.doc = "Say what this host can do for boxes, and what to do about what it can't. The "
	       "status is 0 if it can run them, else 1.",
	.children = common_options,
};

const struct verb verb_check = {
	.name = "check",
	.summary = "can this host run boxes?",
	.argp = &argp,
	.run = run,
};
