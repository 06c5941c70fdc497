/* Which architecture a call is for: the order, and the spellings. */
#include "test_cli.h"

#include <sys/utsname.h>

static const char *arch_of(struct fixture *f, char **argv)
{
	return resolve(f, argv) < 0 ? "error" : f->s.arch;
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(arch_canonical("amd64"), "x86_64");
	assert_string_equal(arch_canonical("arm64"), "aarch64");
	assert_string_equal(arch_canonical("aarch64"), "aarch64");
	assert_null(arch_canonical("AMD64"));
	assert_null(arch_canonical(""));
	assert_string_equal(arch_oci("x86_64"), "amd64");
	assert_string_equal(arch_oci("aarch64"), "arm64");
}

/* From the last rule up, each added one wins over those before. */
static void test_order(void **state)
{
	struct fixture *f = *state;
	struct utsname host;

	assert_int_equal(uname(&host), 0);
	assert_string_equal(arch_of(f, WORDS("vdkr", "ps")),
			    arch_canonical(host.machine));
	put_file(f, ".config/vdkr/arch", " aarch64 \n");
	assert_string_equal(arch_of(f, WORDS("vdkr", "ps")), "aarch64");
	put_file(f, ".config/vdkr/config", "arch=amd64\n");
	assert_string_equal(arch_of(f, WORDS("vdkr", "ps")), "x86_64");
	setenv("VXN_ARCH", "arm64", 1);
	assert_string_equal(arch_of(f, WORDS("vdkr", "ps")), "aarch64");
	setenv("VDKR_ARCH", "x86_64", 1);
	assert_string_equal(arch_of(f, WORDS("vdkr", "ps")), "x86_64");
	assert_string_equal(arch_of(f, WORDS("/bin/vdkr-aarch64", "ps")),
			    "aarch64");
	assert_string_equal(arch_of(f, WORDS("vdkr-aarch64", "-a", "x86_64",
					     "ps")), "x86_64");
}

static void test_other_tools_do_not_count(void **state)
{
	struct fixture *f = *state;

	put_file(f, ".config/vdkr/arch", "x86_64");
	setenv("VPDMN_ARCH", "aarch64", 1);
	setenv("VDKR_ARCH", "", 1);
	assert_string_equal(arch_of(f, WORDS("vdkr", "ps")), "x86_64");
}

static void test_unknown_names_its_source(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(resolve(f, WORDS("vdkr-riscv64", "ps")), -1);
	assert_says(f, "'riscv64'");
	assert_says(f, "x86_64, aarch64");
	setenv("VDKR_ARCH", "mips", 1);
	assert_int_equal(resolve(f, WORDS("vdkr", "ps")), -1);
	assert_says(f, "$VDKR_ARCH");
	unsetenv("VDKR_ARCH");
	put_file(f, ".config/vdkr/arch", "aarch64 x86_64\n");
	assert_int_equal(resolve(f, WORDS("vdkr", "ps")), -1);
	assert_says(f, "vdkr/arch'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_names),
		TEST(test_order),
		TEST(test_other_tools_do_not_count),
		TEST(test_unknown_names_its_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
