/* The monitor's main loop, for monitor_spawn(). */
#ifndef VM_MONITOR_RUN_H
#define VM_MONITOR_RUN_H

#include "vm/monitor.h"

/* Returns when the VM has ended and every client knows. */
void monitor_loop(struct monitor *m);

#endif
