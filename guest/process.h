/* Looking at processes through /proc. */
#ifndef GUEST_PROCESS_H
#define GUEST_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

/* Containers running: one monitor process each, shim or conmon. */
uint32_t containers_running(void);
/* SIGKILL to the processes that the containers' monitors have started. */
void containers_kill(void);
/* Is there a process of user space other than this one (zombies count)? */
bool processes_left(void);

#endif
