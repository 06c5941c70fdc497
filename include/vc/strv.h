/* A growing NULL-terminated vector of owned strings: argv, environments. */
#ifndef VC_STRV_H
#define VC_STRV_H

#include <stdbool.h>
#include <stddef.h>

struct strv {
	char **v; /* NULL or NULL-terminated; strings owned */
	size_t n;
	size_t cap;
};

#define STRV_INIT { NULL, 0, 0 }
#define _cleanup_strv_ __attribute__((cleanup(strv_release)))

void strv_release(struct strv *s);
void strv_add(struct strv *s, const char *str);
void strv_add_take(struct strv *s, char *str); /* takes ownership of str */
void strv_addf(struct strv *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void strv_add_all(struct strv *s, char *const *v); /* NULL-terminated */
void strv_insert(struct strv *s, size_t at, const char *str);
void strv_remove(struct strv *s, size_t at);
void strv_set(struct strv *s, size_t at, char *str); /* takes ownership */
bool strv_contains(const struct strv *s, const char *str);

#endif
