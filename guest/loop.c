/* epoll and timers; see loop.h. */
#include "loop.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "console.h"
#include "vc/util.h"

int loop_init(struct loop *l, struct vc_error *err)
{
	*l = (struct loop){ .sigchld = { .fd = -1 } };
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll < 0)
		return vc_fail(err, errno, "cannot create an epoll");
	return child_init(l, err);
}

void loop_release(struct loop *l)
{
	loop_close(l, &l->sigchld);
	close(l->epoll);
}

void loop_watch(struct loop *l, struct source *s, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = s };
	int op = !s->events ? EPOLL_CTL_ADD :
		 !events    ? EPOLL_CTL_DEL :
			      EPOLL_CTL_MOD;

	if (events == s->events)
		return;
	/* no memory, or nothing that can be watched: a bug, said aloud */
	if (epoll_ctl(l->epoll, op, s->fd, &ev) < 0)
		console_log("cannot watch descriptor %d: errno %d", s->fd,
			    errno);
	s->events = events;
}

void loop_close(struct loop *l, struct source *s)
{
	if (s->fd < 0)
		return;
	loop_watch(l, s, 0);
	close(s->fd);
	s->fd = -1;
}

void timer_start(struct loop *l, struct timer *t, int64_t after_ms)
{
	timer_stop(l, t);
	t->due = now_ms() + after_ms;
	t->armed = true;
	t->next = l->timers;
	l->timers = t;
}

void timer_stop(struct loop *l, struct timer *t)
{
	if (!t->armed)
		return;
	for (struct timer **p = &l->timers; *p; p = &(*p)->next)
		if (*p == t) {
			*p = t->next;
			break;
		}
	t->armed = false;
}

static struct timer *first_timer(struct loop *l)
{
	struct timer *first = NULL;

	for (struct timer *t = l->timers; t; t = t->next)
		if (!first || t->due < first->due)
			first = t;
	return first;
}

void loop_once(struct loop *l, int64_t due)
{
	struct timer *t = first_timer(l);
	int64_t left = 0, next = t && t->due < due ? t->due : due;
	struct epoll_event ev;
	int n;

	if (next != NO_DEADLINE)
		left = next - now_ms();
	if (left < 0)
		left = 0;
	if (left > INT_MAX)
		left = INT_MAX;
	n = epoll_wait(l->epoll, &ev, 1, next == NO_DEADLINE ? -1 : (int)left);
	if (n == 1) {
		struct source *s = ev.data.ptr;

		s->ready(s, ev.events);
	} else if (n == 0 && t && t->due <= now_ms()) {
		timer_stop(l, t);
		t->fire(t);
	}
	if (l->after)
		l->after(l->after_arg);
}

int loop_wait(struct loop *l, const bool *done, int64_t due)
{
	while (!*done) {
		if (l->interrupted) {
			errno = EINTR;
			return -1;
		}
		if (due != NO_DEADLINE && now_ms() >= due) {
			errno = ETIMEDOUT;
			return -1;
		}
		loop_once(l, due);
	}
	return 0;
}
