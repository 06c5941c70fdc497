/* What the guest cannot know by itself: the time, and chance. */
#ifndef GUEST_CLOCK_H
#define GUEST_CLOCK_H

#include <stddef.h>
#include <stdint.h>

void clock_adjust(uint64_t ns_since_epoch); /* 0: unknown, left alone */
void entropy_add(const void *data, size_t len);
void entropy_renew(void); /* what was drawn before says nothing of what comes */
uint64_t boot_ms(void); /* since the kernel started */

#endif
