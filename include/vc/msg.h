/*
 * Payloads of frames.  Integers little endian; a str is u32 length and bytes
 * (no NUL inside); a strv is u32 count and as many str.  A reader that runs
 * over the end or meets an impossible value is marked bad and returns zeros
 * and empty strings from then on, so that callers check once, at the end.
 */
#ifndef VC_MSG_H
#define VC_MSG_H

#include <stdbool.h>
#include <stdint.h>

#include "vc/buf.h"
#include "vc/strv.h"

struct msg_reader {
	const uint8_t *p;
	size_t left;
	bool bad;
};

void msg_put_u8(struct buf *b, uint8_t v);
void msg_put_u16(struct buf *b, uint16_t v);
void msg_put_u32(struct buf *b, uint32_t v);
void msg_put_u64(struct buf *b, uint64_t v);
void msg_put_str(struct buf *b, const char *s); /* NULL as "" */
void msg_put_strv(struct buf *b, const struct strv *v);

struct msg_reader msg_reader(const void *payload, size_t length);
uint8_t msg_u8(struct msg_reader *r);
uint16_t msg_u16(struct msg_reader *r);
uint32_t msg_u32(struct msg_reader *r);
uint64_t msg_u64(struct msg_reader *r);
char *msg_str(struct msg_reader *r); /* owned by the caller, never NULL */
void msg_strv(struct msg_reader *r, struct strv *ret); /* appends */
/* True when everything was there and nothing is left over. */
bool msg_ok(const struct msg_reader *r);

struct msg_hello {
	uint32_t version; /* PROTO_VERSION */
	char *release;    /* the program's version, owned */
	uint64_t boot_ms; /* guest: uptime at hello; else 0 */
};

struct msg_config {
	char *engine;       /* "docker", "podman", "none"; "image": the root is
			     * an image's, without an engine or a state disk */
	char *hostname;
	uint64_t clock_ns;  /* wall clock, ns since the epoch */
	bool network;       /* false: only the loopback */
	bool persistent;    /* the state disk's contents outlive this boot */
	struct strv insecure_registries; /* host:port */
};

/* exec flags: which of the three are the terminal rather than pipes; a bit
 * that is clear in `used` gets /dev/null */
enum { EXEC_STDIN = 1, EXEC_STDOUT = 2, EXEC_STDERR = 4 };

struct msg_exec {
	struct strv argv; /* argv[0] is looked up in the guest's PATH */
	struct strv env;  /* NAME=value, put over the guest's own */
	char *cwd;        /* "" = / */
	char *user;       /* "user[:group]", each a name or a number, looked
			   * up in the guest; "" = root */
	uint8_t used;     /* EXEC_* with a stream behind it */
	uint8_t tty;      /* EXEC_* that are the pseudo-terminal */
	uint16_t rows, cols; /* of the terminal; 0: unknown */
};

/*
 * What a converted image runs: the file "vcontainer.image" in its initramfs.
 * Version 1.
 */
#define IMAGE_VERSION 1u
#define IMAGE_SIGNAL_MAX 64u
struct msg_image {
	struct strv argv;     /* entrypoint and cmd; empty: the image has none */
	struct strv env;      /* NAME=value */
	char *workdir;        /* absolute */
	char *user;           /* as in msg_exec */
	uint32_t stop_signal; /* 1 to IMAGE_SIGNAL_MAX */
	char *fs;             /* type of the root: "ext4", "squashfs", "erofs" */
};

struct msg_status {
	uint32_t monitor_pid, qemu_pid;
	uint32_t streams;     /* commands running */
	uint32_t containers;  /* as of the last look, or 0 */
	uint64_t uptime_ms;
	uint64_t memory;      /* bytes */
	uint32_t cpus;
	uint64_t disk;        /* bytes */
	bool kvm, network, ready;
	char *arch;           /* owned */
	struct strv ports;    /* "host:guest/proto", owned */
};

/* x_put appends to b; x_get is false on a malformed payload and then leaves
 * nothing to release; x_release frees the contents. */
void msg_hello_put(struct buf *b, const struct msg_hello *m);
bool msg_hello_get(const void *p, size_t n, struct msg_hello *ret);
void msg_hello_release(struct msg_hello *m);
void msg_config_put(struct buf *b, const struct msg_config *m);
bool msg_config_get(const void *p, size_t n, struct msg_config *ret);
void msg_config_release(struct msg_config *m);
void msg_exec_put(struct buf *b, const struct msg_exec *m);
bool msg_exec_get(const void *p, size_t n, struct msg_exec *ret);
void msg_exec_release(struct msg_exec *m);
void msg_image_put(struct buf *b, const struct msg_image *m);
bool msg_image_get(const void *p, size_t n, struct msg_image *ret);
void msg_image_release(struct msg_image *m);
void msg_status_put(struct buf *b, const struct msg_status *m);
bool msg_status_get(const void *p, size_t n, struct msg_status *ret);
void msg_status_release(struct msg_status *m);

#endif
