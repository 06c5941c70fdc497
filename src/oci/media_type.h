/* Media types of images: image-spec media-types.md, and docker's schema 2. */
#ifndef OCI_MEDIA_TYPE_H
#define OCI_MEDIA_TYPE_H

enum media_kind {
	MEDIA_UNKNOWN,
	MEDIA_INDEX,
	MEDIA_MANIFEST,
	MEDIA_CONFIG,
	MEDIA_LAYER,
	MEDIA_FOREIGN_LAYER, /* may have to be fetched from elsewhere */
	MEDIA_ENCRYPTED_LAYER,
	MEDIA_SCHEMA1, /* docker's manifests before 2016 */
};

/* Compression is not asked: the content tells. */
enum media_kind media_kind(const char *media_type);

#endif
