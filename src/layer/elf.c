/*
 * Which machine a root file system's programs are for (ELF gABI, chapter 4:
 * e_ident, e_machine).
 */
#include <elf.h>
#include <string.h>

#include "vc/layer.h"
#include "vc/util.h"

static const struct {
	unsigned machine;
	int class; /* 0: either */
	const char *arch;
} machines[] = {
	{ EM_X86_64, 0, "amd64" },
	{ EM_386, 0, "386" },
	{ EM_AARCH64, 0, "arm64" },
	{ EM_ARM, 0, "arm" },
	{ EM_RISCV, ELFCLASS64, "riscv64" },
	{ EM_PPC64, 0, "ppc64le" },
	{ EM_S390, ELFCLASS64, "s390x" },
	{ EM_MIPS, 0, "mips" },
	{ 258 /* EM_LOONGARCH */, 0, "loong64" },
};

const char *elf_arch(const void *head, size_t len)
{
	const unsigned char *h = head;
	unsigned machine;

	if (len < ELF_HEAD || memcmp(h, ELFMAG, SELFMAG))
		return NULL;
	machine = h[EI_DATA] == ELFDATA2MSB ? h[18] << 8 | h[19] :
					      h[19] << 8 | h[18];
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++)
		if (machines[i].machine == machine &&
		    (!machines[i].class || machines[i].class == h[EI_CLASS]))
			return machines[i].arch;
	return NULL;
}

static bool is_one_of(const char *s, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(s, words[i]))
			return true;
	return false;
}

int elf_rank(const char *name, unsigned mode)
{
	static const char *const programs[] = { "sh",  "dash", "bash", "busybox",
						"env", "ls",   "cat",  "init",
						"coreutils" };
	const char *base;

	if (str_starts(name, "usr/"))
		name += 4;
	base = strrchr(name, '/');
	base = base ? base + 1 : name;
	if ((str_starts(name, "bin/") && base == name + 4) ||
	    (str_starts(name, "sbin/") && base == name + 5)) {
		if (is_one_of(base, programs, ARRAY_SIZE(programs)))
			return 2;
	} else if (str_starts(name, "lib") &&
		   (str_starts(base, "ld-") || str_starts(base, "ld."))) {
		return 2;
	}
	return mode & 0111 ? 1 : 0;
}
