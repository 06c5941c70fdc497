/* The user's terminal while a guest's process has it. */
#ifndef VM_TERMINAL_H
#define VM_TERMINAL_H

#include <stdint.h>

/* Makes the terminal raw; it is sane again after terminal_restore(), and also
 * when this process exits or crashes. */
void terminal_raw(int fd);
void terminal_restore(void);
/* Rows and columns of the first of the fds that is a terminal; 0 x 0. */
void terminal_size(const int *fds, int n, uint16_t *ret_rows, uint16_t *ret_cols);

#endif
