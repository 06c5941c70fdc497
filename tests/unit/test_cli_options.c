/* The global options of vdkr: where they end, what they accept, and what of
 * them reaches the VM. */
#include "test_cli.h"

static void test_words_behind_the_command_are_untouched(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(parse(f, WORDS("vdkr", "-v", "--memory=4G", "run",
					"--memory", "1G", "--version")), 0);
	assert_int_equal(f->first, 3);
	assert_string_equal(f->s.opt_memory, "4G");
	assert_true(f->s.verbose);
	assert_false(f->s.version);
}

static void test_no_command(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(parse(f, WORDS("vdkr")), 0);
	assert_int_equal(f->first, 1);
	assert_int_equal(parse(f, WORDS("vdkr", "--help", "--cpus", "0")), 0);
	assert_true(f->s.help);
}

static void test_options_of_later_releases_are_unknown(void **state)
{
	static char *later[] = {
		"--storage",	"--input-storage",
		"--registry",	"--no-registry",
		"--registry-mirror","--secure-registry",
		"--ca-cert",	"--config",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(later); i++) {
		_cleanup_free_ char *says = xasprintf(
			"unknown option '%s': see 'vdkr --help'", later[i]);

		assert_int_equal(parse(f, WORDS("vdkr", later[i], "x", "ps")),
				 -1);
		assert_string_equal(f->err.msg, says);
		assert_int_equal(vc_error_status(&f->err), VC_EXIT_USAGE);
	}
}

static void test_bad_values(void **state)
{
	static const struct {
		char *option;
		const char *says;
	} bad[] = {
		{ "--memory=255M", "256M" },
		{ "--memory=512k", "256M" },
		{ "--memory=1.5G", "256M" },
		{ "--memory=-1", "256M" },
		{ "--memory=99999999999999999999G", "256M" },
		{ "--memory=", "empty" },
		{ "--state-dir=", "empty" },
		{ "--blob-dir=", "empty" },
		{ "--cpus=0", "1 to 255" },
		{ "--cpus=256", "1 to 255" },
		{ "--cpus=2x", "1 to 255" },
		{ "--disk=1023M", "1G" },
		{ "--disk=64", "1G" },
		{ "--timeout=-5", "seconds" },
		{ "--timeout=5s", "seconds" },
		{ "--arch=riscv64", "x86_64, aarch64" },
		{ "--instance=../x", "instance name" },
		{ "--instance=.hidden", "instance name" },
		{ "--instance=a/b", "instance name" },
		{ "--insecure-registry=http://x", "registry" },
		{ "--insecure-registry=x\",\"y", "registry" },
		{ "--insecure-registry=x:0", "registry" },
		{ "--insecure-registry=x:70000", "registry" },
		{ "--insecure-registry=x:", "registry" },
		{ "--insecure-registry=:5000", "registry" },
		{ "--insecure-registry=a\nb", "registry" },
		{ "--insecure-registry=[::1", "registry" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(parse(f, WORDS("vdkr", bad[i].option, "ps")),
				 -1);
		assert_says(f, bad[i].says);
		assert_int_equal(vc_error_status(&f->err), VC_EXIT_USAGE);
	}
}

static void test_good_values(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(resolve(f, WORDS("vdkr", "--memory", "512", "--cpus=4",
					  "--disk=1G", "--timeout", "9",
					  "--arch=arm64", "ps")), 0);
	assert_int_equal(f->s.memory, 512u << 20);
	assert_int_equal(f->s.disk, 1u << 30);
	assert_int_equal(f->s.cpus, 4);
	assert_int_equal(f->s.timeout, 9);
	assert_string_equal(f->s.arch, "aarch64");
	assert_int_equal(parse(f, WORDS("vdkr", "--insecure-registry",
					"localhost:5000",
					"--insecure-registry=[::1]:5000",
					"--insecure-registry=r.example", "ps")),
			 0);
	assert_int_equal(f->s.insecure_registries.n, 3);
}

static void test_options_that_exclude_each_other(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(parse(f, WORDS("vdkr", "-I", "a", "--state-dir=/x")),
			 -1);
	assert_int_equal(parse(f, WORDS("vdkr", "--stateless", "-I", "a")), -1);
	assert_says(f, "--instance");
	assert_int_equal(parse(f, WORDS("vdkr", "--stateless",
					"--state-dir=/x")), -1);
	assert_says(f, "--state-dir");
	assert_int_equal(parse(f, WORDS("vdkr", "-vq", "ps")), -1);
}

static void test_the_vm_that_is_asked_for(void **state)
{
	struct fixture *f = *state;
	struct vm_spec spec;

	assert_int_equal(resolve(f, WORDS("vdkr", "ps")), 0);
	settings_vm_spec(&f->s, &spec);
	assert_int_equal(spec.memory, UINT64_C(2048) << 20);
	assert_int_equal(spec.disk, UINT64_C(64) << 30);
	assert_int_equal(spec.cpus, 2);
	assert_int_equal(spec.idle_timeout, 1800);
	assert_true(spec.kvm && spec.network);
	assert_false(spec.oneshot || spec.stateless || spec.fixed_memory ||
		     spec.fixed_cpus || spec.fixed_disk);
	assert_string_equal(spec.engine, "docker");

	assert_int_equal(resolve(f, WORDS("vdkr", "--no-daemon", "--no-kvm",
					  "--no-network", "--memory=1G",
					  "ps")), 0);
	settings_vm_spec(&f->s, &spec);
	assert_true(spec.oneshot && spec.fixed_memory);
	assert_false(spec.kvm || spec.network || spec.stateless ||
		     spec.fixed_cpus);

	assert_int_equal(resolve(f, WORDS("vdkr", "--stateless", "ps")), 0);
	settings_vm_spec(&f->s, &spec);
	assert_true(spec.oneshot && spec.stateless);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_words_behind_the_command_are_untouched),
		TEST(test_no_command),
		TEST(test_options_of_later_releases_are_unknown),
		TEST(test_bad_values),
		TEST(test_good_values),
		TEST(test_options_that_exclude_each_other),
		TEST(test_the_vm_that_is_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
