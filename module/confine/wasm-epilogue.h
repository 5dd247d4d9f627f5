/* SPDX-License-Identifier: GPL-2.0 */
/* Put behind wasm2c's C: its static set-up functions under names of ours. */

void lb_wasm_init_table(w2c_north *instance)
{
	init_tables(instance);
}

void lb_wasm_init_globals(w2c_north *instance)
{
	init_globals(instance);
}

void lb_wasm_init_data(w2c_north *instance)
{
	init_memories(instance);
}
