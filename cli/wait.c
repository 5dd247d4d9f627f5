// SPDX-License-Identifier: GPL-2.0
/* lbctl wait: until a box has ended. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <json-c/json.h>
#include "client.h"
#include "lbctl.h"

static void on_event(const struct event *e, void *arg)
{
	struct event *end = arg;

	if (e->end && e->id == end->id)
		*end = *e;
}

static const char *reason_text(uint32_t reason)
{
	static const char *const texts[] = { NULL, "exit", "killed", "trap", "owner", "error" };

	return reason < ARRAY_SIZE(texts) ? texts[reason] : NULL;
}

static int report(const struct event *end)
{
	const char *reason = reason_text(end->reason);
	int status = status_of(end->status);
	struct json_object *o;

	if (end->reason == LITEBOX_END_TRAP || end->reason == LITEBOX_END_ERROR)
		status = STATUS_FAILED;
	if (json_output) {
		o = json_object_new_object();
		json_object_object_add(o, "id", json_object_new_int64(end->id));
		json_object_object_add(o, "name", json_object_new_string(end->name));
		json_object_object_add(o, "reason", reason ? json_object_new_string(reason) : NULL);
		json_object_object_add(o, "why", json_object_new_string(printable(end->why)));
		json_object_object_add(o, "status", json_object_new_int(status));
		printf("%s\n", json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY));
		json_object_put(o);
	} else if (status == STATUS_FAILED && *end->why) {
		complain("%s: the box failed: %s", end->name, end->why);
	}
	return status;
}

static int run(int argc, char **argv)
{
	struct client client cleanup_client = { }, events cleanup_client = { };
	struct event end = { };
	struct pollfd fd;
	struct box box;
	int i;

	i = verb_parse(&verb_wait, argc, argv, NULL);
	if (i + 1 != argc)
		return complain("wait for which box? one at a time");
	if (need_root("wait") || client_open(&client) || client_open(&events))
		return STATUS_FAILED;
	/* Listen first, so that its end can't fall in between. */
	if (client_listen(&events))
		return complain("cannot watch boxes: %s", events.why);
	if (client_box_get(&client, argv[i], &box))
		return complain("%s: %s", argv[i], client.why);
	end.id = box.id;
	fd = (struct pollfd){ .fd = client_fd(&events), .events = POLLIN };
	while (!end.end) {
		if (poll(&fd, 1, -1) < 0 && errno != EINTR)
			return complain("cannot wait: %s", strerror(errno));
		if (client_events(&events, on_event, &end) == -ENOBUFS &&
		    client_box_get(&client, box.name, &box))
			return complain("%s: it has ended, but its end was missed", box.name);
	}
	return report(&end);
}

static const struct argp argp = {
	.args_doc = "BOX",
	.doc = "Wait until BOX has ended. The status is its program's.",
	.children = common_options,
};

const struct verb verb_wait = {
	.name = "wait",
	.summary = "wait until a box has ended",
	.argp = &argp,
	.run = run,
	.boxes = true,
};
