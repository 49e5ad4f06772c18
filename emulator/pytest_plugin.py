"""loopbench in pytest: a running bench, its devices, and bleak on its virtual radio, as fixtures.

    @pytest.mark.pace("jump")
    @pytest.mark.fault("lose_reply", device="pump", on="SetBolus")
    async def test_my_app(bench, pump):
        device = await BleakScanner.find_device_by_name("LB-Pump")

Needs pytest-asyncio. Without ``pace`` a test runs at the pace of its own loop, real time.
"""

import io
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Generator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

if TYPE_CHECKING:
    import asyncio

    from emulator.bench import Bench
    from emulator.scenario import Scenario

SHOWN = 40
"""Entries of the journal that a failed test shows."""
MARKERS = (
    "rig(name, ports='memory'): the rig that the `bench` fixture puts on the bench; ports='real' opens the rig's own",
    "pace(text): how time passes in this test: real, 60x, or jump, where nothing is waited for",
    "fault(name, **settings): a fault that is on the bench when the test begins; may be repeated",
    "seed(number): the seed of everything random on the bench",
    "scenario(name): the scenario that is played on the bench; the test fails when a client does not do as it demands",
)
_JOURNAL = pytest.StashKey[deque[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Declare our markers."""
    for line in MARKERS:
        config.addinivalue_line("markers", line)


class _Loops:
    """A hook of pytest-asyncio's that exists only while a test with a pace is collected: it would bind all others, too."""

    def __init__(self, pace: str) -> None:
        from emulator.clock import Pace

        self._pace = Pace.parse(pace)

    @pytest.hookimpl(optionalhook=True)
    def pytest_asyncio_loop_factories(
        self, config: pytest.Config, item: pytest.Item
    ) -> Mapping[str, "Callable[[], asyncio.AbstractEventLoop]"]:
        """The loop that time is made in."""
        from emulator.clock import BenchLoop

        return {str(self._pace): lambda: BenchLoop(self._pace)}


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> Generator[None, None, None]:
    """A test with a pace of its own runs on a loop of ours."""
    marker = metafunc.definition.get_closest_marker("pace")
    if marker is None:
        return (yield)
    try:
        loops = _Loops(*marker.args)
    except ValueError as error:
        raise pytest.UsageError(f"{metafunc.definition.nodeid}: {error}") from None
    plugins = metafunc.config.pluginmanager
    plugins.register(loops)
    try:
        return (yield)
    finally:
        plugins.unregister(loops)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that fails shows the end of the journal."""
    report = yield
    if report.failed and (journal := item.stash.get(_JOURNAL, None)):
        report.sections.append((f"the last {len(journal)} entries of the bench's journal", "\n".join(journal)))
    return report


@pytest_asyncio.fixture
async def bench(request: pytest.FixtureRequest) -> AsyncIterator["Bench"]:
    """The default rig, or the one of ``@pytest.mark.rig(NAME_OR_FILE)``, running in this process.

    Serial ports are in memory (``bench.memory``), and every ``BleakClient`` and ``BleakScanner`` of the test uses the
    bench's radio, if a device of the rig has one. A device that breaks fails the test.
    """
    # imported here, so that a test run that has no bench does not pay for one
    from contextlib import nullcontext

    from emulator.bench import Bench, Ports
    from emulator.client.bleak_backend import virtual_bluetooth
    from emulator.faults import parse
    from emulator.journal import Journal
    from emulator.rig import load

    node = request.node
    marker = node.get_closest_marker("rig")
    rig, ports = _rig(*marker.args, **marker.kwargs) if marker else _rig()
    marker = node.get_closest_marker("seed")
    seed = marker.args[0] if marker else None
    scenario = _scenario(node)
    node.stash[_JOURNAL] = shown = deque[str](maxlen=SHOWN)
    journal = io.StringIO()
    running = Bench(scenario.rig_of() if scenario else load(rig), ports=Ports(ports), seed=seed, journal=Journal(journal))
    running.journal.listen(lambda entry: shown.append(json.dumps(entry, separators=(",", ":"))))
    async with running:
        for fault in scenario.faults() if scenario else ():
            running.steering.inject(fault)
        for marker in reversed(list(node.iter_markers("fault"))):
            running.steering.inject(parse({"fault": marker.args[0], **marker.kwargs}))
        with nullcontext() if running.air is None else virtual_bluetooth(running.air):
            yield running
        for host in running.hosts.values():
            if host.failed.done():
                host.failed.result()
    if scenario is not None:
        _judge(scenario, journal.getvalue())


def _scenario(node: pytest.Item) -> "Scenario | None":
    from emulator.scenario import load

    marker = node.get_closest_marker("scenario")
    return load(*marker.args) if marker else None


def _judge(scenario: "Scenario", journal: str) -> None:
    """Fail the test with everything that is wrong, each with the moment in question."""
    from emulator.verdict import judged

    verdict = judged(scenario, journal)
    if not verdict.passed:
        moments = ["\n".join(verdict.excerpt(finding)) for _, finding in verdict.findings]
        told = "\n\n".join(["\n".join(verdict.sentences()), *moments])
        pytest.fail(f"{scenario.id}: {scenario.title}\n{told}", pytrace=False)


@pytest.fixture
def scenario(request: pytest.FixtureRequest) -> "Scenario":
    """The scenario of ``@pytest.mark.scenario``; ``scenario.lasts`` is how long it is to be played, ms."""
    found = _scenario(request.node)
    if found is None:
        raise pytest.UsageError("the fixture `scenario` needs @pytest.mark.scenario(NAME_OR_FILE)")
    return found


def _rig(name: str | Path = "default", *, ports: str = "memory") -> tuple[str, str]:
    return str(name), ports


class DeviceHandle:
    """One device of a running bench, as a test gets hold of it. Raises ``ValueError`` for what it cannot do."""

    def __init__(self, bench: "Bench", name: str) -> None:
        self._bench = bench
        self.name = name

    @property
    def place(self) -> dict[str, Any]:
        """Where clients find it: ``serial`` and ``ble``."""
        found: dict[str, Any] = self._bench.ready()["devices"][self.name]
        return found

    @property
    def state(self) -> dict[str, Any]:
        """What it is doing."""
        found: dict[str, Any] = self._bench.status()["devices"][self.name]
        return found

    def do(self, verb: str, **arguments: Any) -> None:
        """Do something to it, as hands would."""
        self._bench.steering.do(self.name, verb, arguments)

    def inject(self, fault: str, **settings: Any) -> str:
        """Let something go wrong with it; the fault's name, for ``clear``."""
        from emulator.faults import parse

        return self._bench.steering.inject(parse({"fault": fault, "device": self.name, **settings})).id

    def clear(self, fault: str) -> None:
        """Take a fault away."""
        self._bench.steering.clear(fault)


def _only(bench: "Bench", kind: str) -> DeviceHandle:
    names = [name for name, device in bench.rig.devices.items() if device.kind == kind]
    if len(names) != 1:
        raise pytest.UsageError(f"the rig {bench.rig.name} has {len(names)} devices of kind {kind}: use `bench` itself")
    return DeviceHandle(bench, names[0])


@pytest.fixture
def cgm(bench: "Bench") -> DeviceHandle:
    """The CGM of a rig that has one."""
    return _only(bench, "cgm")


@pytest.fixture
def pump(bench: "Bench") -> DeviceHandle:
    """The pump of a rig that has one."""
    return _only(bench, "pump")
