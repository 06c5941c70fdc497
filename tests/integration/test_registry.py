"""pull, from a registry without TLS on the host's loopback."""

from marks import x86


@x86
def test_pull_in_a_vm_that_was_started_without_the_option(vm, registry):
    image = f"{registry.name}/busybox"
    r = vm.run("pull", image)
    assert r.status != 0, "plain http was spoken without being allowed"
    vm.ok("pull", image, options=["--insecure-registry", registry.name])
    assert vm.has(f"{registry.name}/busybox:latest")
    vm.ok("run", "--rm", image, "true")


@x86
def test_pull_of_what_is_not_there(vm, registry):
    before = vm.images()
    r = vm.run("pull", f"{registry.name}/no-such-image",
               options=["--insecure-registry", registry.name])
    assert r.status != 0 and "no-such-image" in r.said, r
    assert vm.images() == before


@x86
def test_push_and_pull_again(vm, registry):
    option = ["--insecure-registry", registry.name]
    image = f"{registry.name}/pushed-{vm.name}:2"
    vm.ok("tag", "busybox", image)
    vm.ok("push", image, options=option)
    vm.ok("rmi", image)
    vm.ok("pull", image, options=option)
    assert vm.has(image)
