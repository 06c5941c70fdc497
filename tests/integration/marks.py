"""Which VM a test runs in."""

import pytest

DOCKER = "vdkr-x86_64"
PODMAN = "vpdmn-x86_64"
DOCKER_ARM = "vdkr-aarch64"
PODMAN_ARM = "vpdmn-aarch64"


def on(*names):
    """The test runs once in each of these VMs, as its argument `vm`."""
    return pytest.mark.parametrize("vm", names, indirect=True)


def also(name):
    """And this VM runs at the same time, as its argument `other`."""
    return pytest.mark.parametrize("other", [name], indirect=True)


everywhere = on(DOCKER, PODMAN, DOCKER_ARM, PODMAN_ARM)
x86 = on(DOCKER, PODMAN)
