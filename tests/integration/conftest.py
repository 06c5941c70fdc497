"""VMs for the tests: few, and one after the other.

A test asks for a VM by name, with @on("vdkr-x86_64", ...).  The tests are put
in the order of the VMs they need; each is started for the first test that
needs it and stopped after the last one.
"""

import contextlib
import shutil
import signal

import pytest

from registry import Registry
import vc

# x86_64 podman directly after x86_64 docker: one test needs both
VMS = ["vdkr-x86_64", "vpdmn-x86_64", "vdkr-aarch64", "vpdmn-aarch64"]
# within the tests of a VM: those that end it come last
MODULES = ["cli", "start", "run", "tty", "files", "images", "registry", "lifecycle",
           "modes"]
# a name that must not hurt on QEMU's command line: commas, blanks, quotes
NAMES = {"vpdmn-aarch64": "a,b 'c' \"d\",id=x"}

# a shell that starts us in the background makes us ignore it, and our children
# with us; a handler becomes the default in them
signal.signal(signal.SIGINT, signal.default_int_handler)


class Fleet:
    """The VMs that run now."""

    def __init__(self):
        self.running = {}
        self.last_use = {}  # name -> the last test that needs it

    def need(self, name):
        if name not in self.running:
            self.running[name] = self.launch(name)
        vm = self.running[name]
        vc.used.append(vm)
        return vm

    @staticmethod
    def launch(name):
        tool, arch = name.split("-")
        vm = vc.Tool(tool, arch, vc.STATE / NAMES.get(name, name))
        # two at once, by pipes: what test_start.py looks at
        vm.first = vm.together(["images"], ["images", "-q"])
        vm.imported = vm.run("vimport", vc.sample(arch), "busybox:latest")
        return vm

    def release(self, test):
        """Stops those that no test after this one needs."""
        for name in [n for n in self.running if self.last_use[n] == test]:
            vm = self.running.pop(name)
            stopped = vm.stop().ok()
            assert stopped.seconds < 20, stopped
            assert not vm.qemus() and not vm.monitors()

    def stop_all(self):
        for vm in self.running.values():
            vm.stop()


fleet = Fleet()


def needs(item):
    """The names of VMs among a test's parameters."""
    params = getattr(item, "callspec", None)
    words = []
    for value in params.params.values() if params else []:
        words += value if isinstance(value, tuple) else [value]
    return [name for name in VMS if name in words]


@pytest.hookimpl(trylast=True)  # after what -k has taken out
def pytest_collection_modifyitems(items):
    def place(item):
        module = item.module.__name__.removeprefix("test_")
        vms = needs(item)
        # no VM: first.  VMs of a test's own (modes): last.
        last = module == "modes"
        first = VMS.index(vms[0]) if vms else len(VMS) if last else -1
        two = len(vms) > 1
        rank = MODULES.index(module) if module in MODULES else len(MODULES)
        return first, rank + two * (len(MODULES) + 1)

    items.sort(key=place)
    for item in items:
        for name in needs(item):
            fleet.last_use[name] = item.nodeid


@pytest.fixture
def vm(request):
    return fleet.need(request.param)


@pytest.fixture
def other(request):
    return fleet.need(request.param)


@pytest.fixture(name="fleet")
def the_fleet():
    return fleet


@pytest.fixture
def scratch(request):
    """A directory for a test's files, on the disk."""
    path = vc.STATE / "files" / str(abs(hash(request.node.nodeid)))
    path.mkdir(parents=True)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def idle_tool():
    """Makes tools whose VM, if one comes up, ends with the test."""
    tools = []

    def make(name="vdkr", arch="x86_64", **kw):
        kw.setdefault("directory", vc.STATE / f"own{len(tools)}")
        tools.append(vc.Tool(name, arch, **kw))
        return tools[-1]

    yield make
    for tool in tools:
        # a test may name a directory that is not its own
        if tool.state and vc.STATE in tool.state.parents and tool.state.is_dir():
            tool.stop()
            shutil.rmtree(tool.state, ignore_errors=True)


@pytest.fixture(name="registry", scope="session")
def the_registry():
    served = Registry(vc.STATE / "registry")
    served.push("x86_64", "busybox:latest")
    yield served
    served.close()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item):
    fleet.release(item.nodeid)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup():
    vc.used.clear()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """With a failure: the last words of the VMs it used."""
    report = (yield).get_result()
    if not report.failed:
        return
    for tool in {id(t): t for t in vc.used}.values():
        for log in ("console.log", "monitor.log"):
            with contextlib.suppress(OSError, TypeError):
                lines = (tool.state / log).read_text(errors="replace").splitlines()
                report.sections.append((f"{tool} {log}", "\n".join(lines[-25:])))


def pytest_sessionstart():
    for program in ("vdkr", "vpdmn"):
        if not (vc.BIN / program).exists():
            pytest.exit(f"{vc.BIN / program} is missing: run 'make all guest'", 2)
    vc.STATE.mkdir(parents=True)


def pytest_sessionfinish(session):
    fleet.stop_all()  # none, unless the run was cut short
    left = vc.reap()
    shutil.rmtree(vc.STATE, ignore_errors=True)
    with contextlib.suppress(OSError):
        vc.BASE.rmdir()  # another run may use it
    if left:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        print(f"\nFAILED: processes were left behind and have been killed: {left}")
