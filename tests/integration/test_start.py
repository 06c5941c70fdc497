"""The first start of each VM, which conftest.py makes: two clients at once,
their output read through pipes."""

from marks import everywhere
import vc


@everywhere
def test_defect_21_two_starts_at_once_make_one_vm(vm):
    assert [r.status for r in vm.first] == [0, 0], vm.first
    assert len(vm.qemus()) == 1 and len(vm.monitors()) == 1


@everywhere
def test_defect_23_the_reader_of_a_pipe_does_not_wait_for_the_vm(vm):
    # communicate() came back although the VM, which these started, still runs
    assert all(r.seconds < vc.PATIENCE for r in vm.first)
    assert vm.ok("memres", "status").text.startswith("running\n")


@everywhere
def test_defect_26_ready_means_that_the_engine_answers(vm):
    # the very first commands were answered by the engine itself, without a word
    assert b"IMAGE ID" in vm.first[0].out and vm.first[1].out == b""
    assert [r.err for r in vm.first] == [b"", b""]


@everywhere
def test_sample_is_imported_and_listed(vm):
    assert vm.imported.status == 0, vm.imported
    assert vm.has("busybox:latest")


@everywhere
def test_container_has_the_architecture(vm):
    assert vm.ok("run", "--rm", "busybox", "uname", "-m").text == f"{vm.arch}\n"


@everywhere
def test_defect_60_nobody_else_can_reach_it(vm):
    assert vm.state.stat().st_mode & 0o777 == 0o700
    for name in ("control.sock", "state.img", "console.log", "monitor.log"):
        assert (vm.state / name).stat().st_mode & 0o077 == 0, name


@everywhere
def test_memres_start_and_status_of_a_running_vm(vm):
    r = vm.ok("memres", "start")
    assert "lready running" in r.text
    assert f"Daemon running (PID: {vm.monitors()[0]})\n" in r.text
    assert f"Socket: {vm.state}/control.sock\n" in r.text
    assert (vm.state / "daemon.pid").read_text() == f"{vm.monitors()[0]}\n"
    assert vm.arch in vm.ok("memres", "status").text


@everywhere
def test_memres_list_and_vstorage_list(vm):
    pid = str(vm.monitors()[0])
    listed = vm.ok("memres", "list").text.splitlines()[1]
    assert vm.state.name in listed and "running" in listed and pid in listed
    stored = vm.ok("vstorage", "list").text.splitlines()[1]
    assert "running" in stored and stored.endswith(str(vm.state))


@everywhere
def test_defect_15_an_option_too_late_is_an_error(vm):
    for option in (("--memory", "1G"), ("--cpus", "7"), ("--disk", "1T"),
                   ("--no-network",)):
        r = vm.run("images", options=option)
        assert r.status != 0 and "memres stop" in r.said, r
    vm.ok("images", options=("--memory", "2048M", "--cpus", "2"))
