/* Words to the guest's console, which the host keeps in console.log. */
#ifndef GUEST_CONSOLE_H
#define GUEST_CONSOLE_H

/* One line, "vcontainer: ..."; stderr is the console. */
void console_log(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Makes /dev/console stdin, stdout and stderr if the kernel could not. */
void console_open(void);

#endif
