/* Exchanges in a curl multi handle. */
#include "http.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>

#include "ca.h"
#include "vc/util.h"

#define MAX_HEAD (64u << 10)
#define MAX_TEXT (16u << 10) /* of an error's body, what is kept */
#define MAX_SKIPPED (1u << 20) /* and what is read of it at all */
#define CONNECT_SECONDS 30L

struct http {
	CURLM *multi;
	struct ca ca;
	unsigned stall_seconds;
};

static void init_library(void)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		vc_oom();
}

int http_open(const struct http_settings *s, struct http **ret,
	      struct vc_error *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct http *h;

	pthread_once(&once, init_library);
	h = xcalloc(1, sizeof(*h));
	h->stall_seconds = s->stall_seconds;
	if (ca_load(s->ca, &h->ca, err) < 0) {
		free(h);
		return -1;
	}
	h->multi = curl_multi_init();
	if (!h->multi)
		vc_oom();
	*ret = h;
	return 0;
}

void http_free(struct http *h)
{
	if (!h)
		return;
	curl_multi_cleanup(h->multi);
	ca_release(&h->ca);
	free(h);
}

static void take_numbers(struct exchange *x)
{
	curl_off_t n = -1, after = 0;

	curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &x->r.status);
	curl_easy_getinfo(x->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &n);
	curl_easy_getinfo(x->easy, CURLINFO_RETRY_AFTER, &after);
	x->r.length = n < 0 ? LENGTH_UNKNOWN : (uint64_t)n;
	x->r.retry_after = after > 0 ? after : -1;
}

static bool is_content(const struct exchange *x)
{
	return x->r.status == 200 || x->r.status == 206;
}

static int begin(struct exchange *x)
{
	if (x->began)
		return 0;
	x->began = true;
	take_numbers(x);
	return is_content(x) ? x->on_head(x, &x->err) : 0;
}

static int take_text(struct exchange *x, const char *data, size_t len)
{
	size_t room = MAX_TEXT - x->text.len;

	buf_add(&x->text, data, len < room ? len : room);
	x->text_bytes += len;
	x->enough = x->text_bytes > MAX_SKIPPED;
	return x->enough ? -1 : 0;
}

/* A callback that takes less than it was given ends the exchange. */
static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
	struct exchange *x = arg;
	size_t len = size * n;
	int r = begin(x);

	if (r == 0 && is_content(x))
		r = x->on_data(x, data, len, &x->err);
	else if (r == 0)
		r = take_text(x, data, len);
	return r == 0 ? len : 0;
}

static size_t on_header(char *line, size_t size, size_t n, void *arg)
{
	struct exchange *x = arg;
	size_t len = size * n;

	x->head_bytes += len;
	if (x->head_bytes > MAX_HEAD) {
		vc_fail(&x->err, 0, "headers of more than %u bytes", MAX_HEAD);
		return 0;
	}
	if (!x->began) /* behind the body they would be trailers */
		response_line(&x->r, line, len);
	return len;
}

static void set_tls(CURL *e, struct http *h, bool unverified)
{
	struct curl_blob pem = {
		.data = buf_ptr(&h->ca.pem),
		.len = h->ca.pem.len,
		.flags = CURL_BLOB_NOCOPY,
	};

	curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, unverified ? 0L : 1L);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, unverified ? 0L : 2L);
	if (pem.len) {
		curl_easy_setopt(e, CURLOPT_CAINFO_BLOB, &pem);
		curl_easy_setopt(e, CURLOPT_PROXY_CAINFO_BLOB, &pem);
	} else if (h->ca.file) {
		curl_easy_setopt(e, CURLOPT_CAINFO, h->ca.file);
		curl_easy_setopt(e, CURLOPT_PROXY_CAINFO, h->ca.file);
	}
	if (h->ca.dir) {
		curl_easy_setopt(e, CURLOPT_CAPATH, h->ca.dir);
		curl_easy_setopt(e, CURLOPT_PROXY_CAPATH, h->ca.dir);
	}
}

/* Redirects are ours to follow: see job_step.c. */
static void set_limits(CURL *e, const struct http *h)
{
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
	curl_easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME, (long)h->stall_seconds);
	curl_easy_setopt(e, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
}

void http_start(struct http *h, struct exchange *x)
{
	CURL *e = curl_easy_init();
	struct curl_slist *list = NULL;

	if (!e)
		vc_oom();
	for (size_t i = 0; i < x->headers.n; i++) {
		list = curl_slist_append(list, x->headers.v[i]);
		if (!list)
			vc_oom();
	}
	curl_easy_setopt(e, CURLOPT_URL, x->url);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, list);
	curl_easy_setopt(e, CURLOPT_USERAGENT, "vcontainer/" VC_VERSION);
	if (x->post)
		curl_easy_setopt(e, CURLOPT_POSTFIELDS, x->post);
	set_limits(e, h);
	set_tls(e, h, x->unverified);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, x);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, x);
	curl_easy_setopt(e, CURLOPT_PRIVATE, x);
	x->http = h;
	x->easy = e;
	x->list = list;
	x->r.length = LENGTH_UNKNOWN;
	if (curl_multi_add_handle(h->multi, e) != CURLM_OK)
		vc_oom();
}

static void drop_handle(struct exchange *x)
{
	if (!x->easy)
		return;
	curl_multi_remove_handle(x->http->multi, x->easy);
	curl_easy_cleanup(x->easy);
	curl_slist_free_all(x->list);
	x->easy = x->list = NULL;
}

static void complete(struct exchange *x, CURLcode code)
{
	if (code == CURLE_OK)
		begin(x); /* of an answer without a body */
	else
		take_numbers(x);
	if (x->err.msg)
		x->fault = FAULT_REFUSED;
	else if (code == CURLE_OK || x->enough)
		x->fault = FAULT_NONE;
	else
		exchange_describe(x, code, x->http->stall_seconds);
	drop_handle(x);
	x->done = true;
}

static bool collect(struct http *h)
{
	bool any = false;
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(h->multi, &left))) {
		CURLcode code = m->data.result;
		char *x = NULL;

		if (m->msg != CURLMSG_DONE)
			continue;
		/* m is gone once the handle is removed */
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &x);
		complete((struct exchange *)(void *)x, code);
		any = true;
	}
	return any;
}

int http_wait(struct http *h, int timeout_ms, struct vc_error *err)
{
	CURLMcode r;
	int running;

	r = curl_multi_perform(h->multi, &running);
	if (r == CURLM_OK && collect(h))
		return 0;
	if (r == CURLM_OK)
		r = curl_multi_poll(h->multi, NULL, 0, timeout_ms, NULL);
	if (r == CURLM_OK)
		r = curl_multi_perform(h->multi, &running);
	collect(h);
	if (r != CURLM_OK)
		return vc_fail(err, 0, "libcurl: %s", curl_multi_strerror(r));
	return 0;
}

void exchange_release(struct exchange *x)
{
	drop_handle(x);
	free(x->url);
	free(x->post);
	strv_release(&x->headers);
	vc_error_release(&x->err);
	response_release(&x->r);
	buf_release(&x->text);
	*x = (struct exchange){ 0 };
}
