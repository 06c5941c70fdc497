/* Libcurl's verdicts in words that say what to do. */
#include <curl/curl.h>
#include <errno.h>
#include <openssl/x509_vfy.h>
#include <string.h>

#include "http.h"
#include "url.h"
#include "vc/util.h"

#define TOO_LARGE 100 /* CURLE_TOO_LARGE, of libcurl 8.6 */

static void bad_certificate(struct exchange *x, const char *host)
{
	long why = 0;

	curl_easy_getinfo(x->easy, CURLINFO_SSL_VERIFYRESULT, &why);
	switch (why) {
	case X509_V_OK: /* the chain is good, so it is the name; ... */
	case X509_V_ERR_UNSPECIFIED: /* ... libcurl's "not looked at yet" */
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		vc_fail(&x->err, 0, "the certificate of '%s' is for another "
				    "host", host);
		break;
	case X509_V_ERR_CERT_HAS_EXPIRED:
		vc_fail(&x->err, 0, "the certificate of '%s' has expired: its "
				    "owner has to renew it (or the clock here "
				    "is wrong)", host);
		break;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		vc_fail(&x->err, 0, "the certificate of '%s' is not valid yet: "
				    "check the clock", host);
		break;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		vc_fail(&x->err, 0, "the certificate of '%s' is from an unknown "
				    "authority: give its certificate with "
				    "'--ca FILE'", host);
		break;
	default:
		vc_fail(&x->err, 0, "the certificate of '%s' is not good: %s",
			host, X509_verify_cert_error_string(why));
	}
}

static void no_connection(struct exchange *x, const char *host)
{
	long why = 0;

	curl_easy_getinfo(x->easy, CURLINFO_OS_ERRNO, &why);
	vc_fail(&x->err, 0, "cannot connect to '%s': %s", host,
		why == ECONNREFUSED ? "connection refused: is the registry "
				      "running, is the port right?" :
		why		    ? strerror((int)why) :
				      "it cannot be reached");
}

/* Connecting is over once the request has gone out. */
static bool was_connected(struct exchange *x)
{
	curl_off_t at = 0;

	curl_easy_getinfo(x->easy, CURLINFO_PRETRANSFER_TIME_T, &at);
	return at > 0;
}

static void timed_out(struct exchange *x, const char *host, unsigned seconds)
{
	if (was_connected(x)) {
		x->fault = FAULT_BROKEN;
		vc_fail(&x->err, 0, "'%s' has stalled: nothing came for %u "
				    "seconds", host, seconds);
	} else {
		vc_fail(&x->err, 0, "cannot connect to '%s': no answer", host);
	}
}

static void broken(struct exchange *x, const char *host, CURLcode code)
{
	x->fault = FAULT_BROKEN;
	vc_fail(&x->err, 0, "the connection to '%s' broke: %s", host,
		code == CURLE_PARTIAL_FILE ? "it was closed before all had "
					     "come" :
					     curl_easy_strerror(code));
}

static void describe(struct exchange *x, CURLcode code, const char *host,
		     unsigned stall_seconds)
{
	switch ((int)code) { /* some of a hundred */
	case CURLE_COULDNT_RESOLVE_HOST:
		vc_fail(&x->err, 0, "no such host '%s': check the name of the "
				    "registry, the network and the proxy "
				    "settings", host);
		break;
	case CURLE_COULDNT_RESOLVE_PROXY:
		vc_fail(&x->err, 0, "no such host: the proxy for '%s'; check "
				    "http_proxy and https_proxy", host);
		break;
	case CURLE_COULDNT_CONNECT:
		no_connection(x, host);
		break;
	case CURLE_OPERATION_TIMEDOUT:
		timed_out(x, host, stall_seconds);
		break;
	case CURLE_PEER_FAILED_VERIFICATION:
		bad_certificate(x, host);
		break;
	case CURLE_SSL_CONNECT_ERROR:
		vc_fail(&x->err, 0, "no TLS with '%s': if it speaks plain http, "
				    "use '--plain-http'", host);
		break;
	case CURLE_SSL_CACERT_BADFILE:
		vc_fail(&x->err, 0, "the certificates of authorities cannot be "
				    "read: install the package "
				    "'ca-certificates', check SSL_CERT_FILE "
				    "and '--ca'");
		break;
	case CURLE_OUT_OF_MEMORY: /* what libcurl before 8.6 says of it */
	case TOO_LARGE:
		vc_fail(&x->err, 0, "'%s' sent a header that is too large",
			host);
		break;
	case CURLE_PARTIAL_FILE:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_GOT_NOTHING:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
		broken(x, host, code);
		break;
	default:
		vc_fail(&x->err, 0, "'%s': %s", host, curl_easy_strerror(code));
	}
}

void exchange_describe(struct exchange *x, int curl_code,
		       unsigned stall_seconds)
{
	_cleanup_error_ struct vc_error ignored = { 0 };
	_cleanup_origin_ struct origin o = { 0 };
	_cleanup_free_ char *host = NULL;

	if (origin_of(x->url, &o, &ignored) == 0)
		host = origin_host(&o);
	x->fault = FAULT_CONNECT;
	describe(x, (CURLcode)curl_code, host ? host : "?", stall_seconds);
}
