// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <json-c/json.h>
#include <libsmartcols.h>
#include "lbctl.h"
#include "table.h"

struct table {
	const struct column *columns;
	struct libscols_table *cols;
	struct json_object *rows;
	struct {
		const char *name;
		uint64_t value;
	} counts[8];
	size_t n_counts;
};

struct table *table_new(const struct column *columns)
{
	struct table *t = xcalloc(1, sizeof(*t));
	const struct column *c;

	t->columns = columns;
	if (json_output) {
		t->rows = json_object_new_array();
		return t;
	}
	t->cols = scols_new_table();
	if (!t->cols)
		exit(complain("no memory"));
	for (c = columns; c->type; c++)
		if (c->head)
			scols_table_new_column(t->cols, c->head, 0,
					       c->type == COLUMN_TEXT ? 0 : SCOLS_FL_RIGHT);
	return t;
}

static char *bytes_text(uint64_t v)
{
	static const char units[] = "BKMGT";
	double d = v;
	int i = 0;

	while (d >= 1024 && i < 4) {
		d /= 1024;
		i++;
	}
	return xasprintf(i && d < 10 ? "%.1f%c" : "%.0f%c", d, units[i]);
}

static char *time_text(uint64_t s)
{
	if (s < 60)
		return xasprintf("%llus", (unsigned long long)s);
	if (s < 3600)
		return xasprintf("%llum%02llus", (unsigned long long)s / 60,
				 (unsigned long long)s % 60);
	return xasprintf("%lluh%02llum", (unsigned long long)s / 3600,
			 (unsigned long long)s / 60 % 60);
}

void table_add(struct table *t, ...)
{
	struct libscols_line *line = NULL;
	struct json_object *row = NULL;
	const struct column *c;
	va_list args;
	size_t n = 0;

	if (json_output)
		row = json_object_new_object();
	else
		line = scols_table_new_line(t->cols, NULL);
	va_start(args, t);
	for (c = t->columns; c->type; c++) {
		const char *text = c->type == COLUMN_TEXT ? va_arg(args, const char *) : NULL;
		uint64_t v = c->type == COLUMN_TEXT ? 0 : va_arg(args, uint64_t);
		char *cell;

		if (row) {
			json_object_object_add(row, c->key, c->type != COLUMN_TEXT ?
					       json_object_new_uint64(v) :
					       text ? json_object_new_string(text) : NULL);
			continue;
		}
		if (!c->head)
			continue;
		switch (c->type) {
		case COLUMN_BYTES:
			cell = bytes_text(v);
			break;
		case COLUMN_TIME:
			cell = time_text(v);
			break;
		case COLUMN_NUMBER:
			cell = xasprintf("%llu", (unsigned long long)v);
			break;
		default:
			cell = xstrdup(text ? text : "-");
		}
		scols_line_refer_data(line, n++, cell);
	}
	va_end(args);
	if (row)
		json_object_array_add(t->rows, row);
}

void table_count(struct table *t, const char *name, uint64_t value)
{
	if (t->n_counts < ARRAY_SIZE(t->counts)) {
		t->counts[t->n_counts].name = name;
		t->counts[t->n_counts++].value = value;
	}
}

static void print_json(struct table *t)
{
	struct json_object *o = t->rows;
	size_t i;

	if (t->n_counts) {
		o = json_object_new_object();
		for (i = 0; i < t->n_counts; i++)
			json_object_object_add(o, t->counts[i].name,
					       json_object_new_uint64(t->counts[i].value));
		json_object_object_add(o, "rows", t->rows);
	}
	printf("%s\n", json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY));
	json_object_put(o);
}

static void print_counts(const struct table *t)
{
	size_t i;

	for (i = 0; i < t->n_counts; i++)
		printf("%s%llu %s", i ? ", " : "\n", (unsigned long long)t->counts[i].value,
		       t->counts[i].name);
	if (i)
		printf("\n");
}

int table_print(struct table *t)
{
	if (json_output) {
		print_json(t);
	} else {
		scols_print_table(t->cols);
		scols_unref_table(t->cols);
		print_counts(t);
	}
	free(t);
	return fflush(stdout) ? STATUS_FAILED : 0;
}
