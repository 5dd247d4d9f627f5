// SPDX-License-Identifier: GPL-2.0
/* lbctl version: of lbctl, module and kernel. */
#include <stdio.h>
#include <json-c/json.h>
#include "client.h"
#include "lbctl.h"

static const struct {
	uint64_t bit;
	const char *name;
} features[] = {
	{ LITEBOX_FEATURE_BIND, "bind" },
	{ LITEBOX_FEATURE_GRANT, "grant" },
	{ LITEBOX_FEATURE_STATS, "stats" },
};

static void print_json(const struct module_facts *f)
{
	struct json_object *o = json_object_new_object(), *list = json_object_new_array();
	size_t i;

	for (i = 0; i < ARRAY_SIZE(features); i++)
		if (f->features & features[i].bit)
			json_object_array_add(list, json_object_new_string(features[i].name));
	json_object_object_add(o, "lbctl", json_object_new_string(LBCTL_VERSION));
	json_object_object_add(o, "module", json_object_new_string(f->version));
	json_object_object_add(o, "kernel", json_object_new_string(f->kernel));
	json_object_object_add(o, "features", list);
	json_object_object_add(o, "boxes", json_object_new_int64(f->boxes));
	json_object_object_add(o, "max_boxes", json_object_new_int64(f->max_boxes));
	json_object_object_add(o, "max_tasks", json_object_new_int64(f->max_tasks));
	json_object_object_add(o, "max_handles", json_object_new_int64(f->max_handles));
	json_object_object_add(o, "max_north_memory", json_object_new_uint64(f->max_memory));
	printf("%s\n", json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY));
	json_object_put(o);
}

static void print_text(const struct module_facts *f)
{
	size_t i;

	printf("lbctl    %s\nmodule   %s\nkernel   %s\nfeatures", LBCTL_VERSION, f->version,
	       f->kernel);
	for (i = 0; i < ARRAY_SIZE(features); i++)
		if (f->features & features[i].bit)
			printf(" %s", features[i].name);
	printf("\nboxes    %u of %u\n", f->boxes, f->max_boxes);
	printf("a box    %u tasks, %u handles, %llu MiB of North at most\n", f->max_tasks,
	       f->max_handles, (unsigned long long)f->max_memory >> 20);
}

static int run(int argc, char **argv)
{
	struct client client cleanup_client = { };
	struct module_facts facts;

	verb_parse(&verb_version, argc, argv, NULL);
	if (client_open(&client))
		return STATUS_FAILED;
	if (client_version(&client, &facts))
		return complain("the module doesn't say: %s", client.why);
	if (json_output)
		print_json(&facts);
	else
		print_text(&facts);
	return 0;
}

static const struct argp argp = {
	.doc = "Say which lbctl, module and kernel these are; the module's features and limits.",
	.children = common_options,
};

const struct verb verb_version = {
	.name = "version",
	.summary = "versions, features, limits",
	.argp = &argp,
	.run = run,
};
