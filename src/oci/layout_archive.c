/* An OCI layout in a tar. */
#include "layout.h"
#include "tar_index.h"
#include "vc/util.h"

static int find_blob(const struct layout *l, const struct digest *d,
		     struct blob *ret, struct vc_error *err)
{
	_cleanup_free_ char *path = digest_path(d);

	ret->own_fd = -1;
	return tar_index_find(l->index, path, &ret->at, err);
}

static int find_document(const struct layout *l, const char *name,
			 struct blob *ret, struct vc_error *err)
{
	ret->own_fd = -1;
	return tar_index_document(l->index, name, &ret->at, err);
}

void layout_of_archive(struct layout *l, const struct tar_index *index)
{
	*l = (struct layout){
		.find_blob = find_blob,
		.find_document = find_document,
		.dirfd = -1,
		.index = index,
	};
}
