/* SPDX-License-Identifier: GPL-2.0 */
/* Tables: for people on a terminal, as JSON for programs. */
#ifndef LBCTL_TABLE_H
#define LBCTL_TABLE_H

#include <stdint.h>

enum column_type {
	COLUMN_END,
	COLUMN_TEXT,	/* const char *; NULL is nothing */
	COLUMN_NUMBER,	/* uint64_t */
	COLUMN_BYTES,	/* uint64_t, for people rounded to a unit */
	COLUMN_TIME,	/* uint64_t, s, for people as hours and minutes */
};

/* @key: of the JSON object; @head: NULL leaves the column to JSON */
struct column {
	enum column_type type;
	const char *key, *head;
};

struct table;

/* @columns: static, ends with COLUMN_END */
struct table *table_new(const struct column *columns);
/* table_add - a row; each argument as its column says. */
void table_add(struct table *t, ...);
/*
 * table_count - a number about the table as a whole: in a line below it for people; a
 * member of the JSON object that then holds the rows as "rows". @name: static
 */
void table_count(struct table *t, const char *name, uint64_t value);
/* table_print - as json_output says, and free it. Returns an exit status. */
int table_print(struct table *t);

#endif
