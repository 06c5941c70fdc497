"""Starting, stopping, and every way in which a VM can be lost."""

import signal

from marks import DOCKER_ARM, PODMAN, PODMAN_ARM, on, x86
import vc


@x86
def test_defect_24_kill_9_of_the_monitor(vm):
    before = vm.images()
    [monitor], [qemu] = map(vc.Watch, vm.monitors()), map(vc.Watch, vm.qemus())
    # what was reported as done is done: also the change before the last breath
    vm.ok("tag", "busybox", "docker.io/library/just-tagged:1")
    monitor.kill()
    assert qemu.gone(1), "QEMU outlived its monitor by more than a second"
    assert monitor.gone(1)
    after = vm.images()
    assert [i for i in after if "just-tagged:1 " not in i] == before
    assert len(after) == len(before) + 1, "the last tag is lost"


@on(PODMAN)
def test_kill_9_of_the_monitor_under_a_running_command(vm):
    call = vm.start("run", "--rm", "busybox", "sh", "-c", "echo go; sleep 600")
    call.read_until(b"go\n", 60)
    [monitor], [qemu] = map(vc.Watch, vm.monitors()), map(vc.Watch, vm.qemus())
    monitor.kill()
    assert qemu.gone(1) and monitor.gone(1)
    r = call.end(seconds=10)
    assert r.status not in (0, 137) and "monitor ended unexpectedly" in r.said, r


@x86
def test_kill_9_of_qemu_under_a_running_command(vm):
    before = vm.images()
    call = vm.start("run", "--rm", "busybox", "sh", "-c", "echo go; sleep 600")
    call.read_until(b"go\n", 60)
    [qemu] = map(vc.Watch, vm.qemus())
    qemu.kill()
    r = call.end(seconds=10)
    assert qemu.gone(1)
    assert r.status not in (0, 137) and "signal 9" in r.said and "VM" in r.said, r
    assert vm.images() == before


@on(PODMAN)
def test_sigterm_stops_the_vm_in_order(vm):
    before = vm.images()
    [monitor], [qemu] = map(vc.Watch, vm.monitors()), map(vc.Watch, vm.qemus())
    monitor.kill(signal.SIGTERM)
    assert monitor.gone(20) and qemu.gone(0)
    assert vc.check_disk(vm.state) == ""
    assert vm.images() == before


@on(DOCKER_ARM)
def test_defect_20_stop_is_orderly_and_images_survive(vm):
    before = vm.images()
    r = vm.stop().ok()
    assert r.seconds < 20 and r.err == b"" and "stopped" in r.text
    assert not vm.qemus() and not vm.monitors()
    assert vm.run("memres", "status").text == "not running\n"
    assert not (vm.state / "daemon.pid").exists()
    assert vc.check_disk(vm.state) == ""
    started = vm.ok("memres", "start")
    assert started.text == (f"Daemon running (PID: {vm.monitors()[0]})\n"
                            f"Socket: {vm.state}/control.sock\n")
    assert vm.images() == before


@on(PODMAN_ARM)
def test_defect_25_the_store_is_sparse(vm):
    disk = (vm.state / "state.img").stat()
    assert disk.st_size == 64 << 30
    assert disk.st_blocks * 512 < 300 << 20


@on(PODMAN_ARM)
def test_restart_keeps_images_and_restart_clean_does_not(vm):
    before = vm.images()
    old = vm.monitors()
    r = vm.ok("memres", "restart")
    assert vm.monitors() != old and f"(PID: {vm.monitors()[0]})" in r.text
    assert vm.images() == before
    vm.ok("memres", "restart", "--clean")
    assert vm.images() == []


@on(PODMAN_ARM)
def test_clean_stops_a_vm_first(vm):
    assert len(vm.qemus()) == 1
    vm.ok("vstorage", "clean")
    assert not vm.qemus() and not vm.monitors() and not vm.state.exists()
