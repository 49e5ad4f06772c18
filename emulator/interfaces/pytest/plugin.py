"""The pytest plugin: fixtures for a running bench, its devices, and bleak on the virtual air.

    @pytest.mark.pace("jump")
    @pytest.mark.fault("lose_reply", device="pump", on="SetBolus")
    async def test_my_app(bench, pump):
        device = await BleakScanner.find_device_by_name("IB-Pump")

``pytest --rig NAME`` runs tests that name no rig on another one: firmware, adapters, a physical radio.
Needs pytest-asyncio. Without ``pace`` a test runs at the pace of its own loop, real time.
"""

import shlex
from collections.abc import AsyncIterator, Callable, Generator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from isletbench.emulator.interfaces.pytest.devices import ClockHandle, DeviceHandle, FirmwareHandle, only

if TYPE_CHECKING:
    import asyncio

    from isletbench.emulator.bench.bench import Bench
    from isletbench.emulator.journal.entries import Entry
    from isletbench.emulator.rigs.bring_up.firmware_rig import FirmwareRig
    from isletbench.emulator.rigs.bring_up.program import BringupError
    from isletbench.emulator.rigs.bring_up.steps import FirmwareBringUp
    from isletbench.emulator.rigs.rig import Rig
    from isletbench.emulator.scenarios.scenario import Scenario

SHOWN_ENTRIES = 40
"""Number of journal entries in the report of a failed test."""
MARKERS = (
    "rig(name, ports='memory'): the rig that this test is about, whatever --rig says; ports='real' opens the rig's own ports",
    "pace(text): how time passes in this test: real, 60x, or jump, where nothing is waited for",
    "fault(name, **settings): a fault that is on the bench when the test begins; may be repeated",
    "seed(number): the seed of everything random on the bench",
    "scenario(name): the scenario that is played on the bench; the test fails when a client does not do as it demands",
)
OPTION = "--rig"
_JOURNAL = pytest.StashKey["list[Entry]"]()
_BRING_UPS = pytest.StashKey[dict[tuple[str, ...], "FirmwareBringUp | BringupError"]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the option ``--rig``."""
    parser.getgroup("isletbench").addoption(
        OPTION,
        metavar="NAME",
        help="the rig, or rig file, on which tests run that name none; `isletbench rigs` lists those there are",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers and check the rig of ``--rig``. Raises ``UsageError``."""
    for line in MARKERS:
        config.addinivalue_line("markers", line)
    if (name := config.getoption(OPTION)) is not None:
        from isletbench.emulator.rigs.bring_up.firmware_rig import load_any
        from isletbench.emulator.rigs.rig import RigError

        try:
            load_any(name)
        except RigError as error:
            raise pytest.UsageError(f"{OPTION}: {error}") from None


def pytest_report_header(config: pytest.Config) -> str | None:
    """Return the header line with the rig of ``--rig``."""
    name = config.getoption(OPTION)
    return None if name is None else f"isletbench rig: {name}"


class _LoopFactories:
    """A hook of pytest-asyncio, registered only while a test with a pace is collected, else it would apply to all tests."""

    def __init__(self, pace: str) -> None:
        from isletbench.emulator.core.clock import Pace

        self._pace = Pace.parse(pace)

    @pytest.hookimpl(optionalhook=True)
    def pytest_asyncio_loop_factories(
        self, config: pytest.Config, item: pytest.Item
    ) -> Mapping[str, "Callable[[], asyncio.AbstractEventLoop]"]:
        """Return the factory of event loops with this pace."""
        from isletbench.emulator.core.clock import BenchLoop

        return {str(self._pace): lambda: BenchLoop(self._pace)}


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> Generator[None, None, None]:
    """Run a test with the marker ``pace`` on an event loop of that pace."""
    marker = metafunc.definition.get_closest_marker("pace")
    if marker is None:
        return (yield)
    try:
        loops = _LoopFactories(*marker.args)
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
    """Add the last journal entries to the report of a failed test."""
    report = yield
    if report.failed and (journal := item.stash.get(_JOURNAL, None)):
        from isletbench.emulator.journal.writer import to_line

        shown = journal[-SHOWN_ENTRIES:]
        title = f"the last {len(shown)} entries of the bench's journal"
        report.sections.append((title, "\n".join(map(to_line, shown))))
    return report


@pytest.fixture
def bench(_rig_running: "Bench | FirmwareBringUp") -> "Bench":
    """The rig of ``@pytest.mark.rig(NAME_OR_FILE)`` or of ``--rig``, else the default rig, running in this process.

    Serial ports are in memory (``bench.memory``), unless the rig names adapters, and every ``BleakClient`` and ``BleakScanner``
    of the test uses the virtual air, if a device of the rig is on it. An exception in a device fails the test. A rig of
    firmware has no bench: the test is skipped.
    """
    from isletbench.emulator.bench.bench import Bench

    assert isinstance(_rig_running, Bench), "a test that asks for a bench is not brought up on firmware"
    return _rig_running


@pytest_asyncio.fixture
async def _rig_running(request: pytest.FixtureRequest) -> "AsyncIterator[Bench | FirmwareBringUp]":
    """The running rig of this test."""
    from isletbench.emulator.rigs.bring_up.firmware_rig import FirmwareRig

    rig, ports = _rig_and_ports(request.node)
    if isinstance(rig, FirmwareRig):
        async with _firmware(request, rig) as bring_up:
            yield bring_up
        return
    async with _bench(request.node, rig, ports) as running:
        yield running


def _rig_and_ports(node: pytest.Item) -> "tuple[Rig | FirmwareRig, str]":
    """Return the rig of a test and its ports. Skips the test when its pace is impossible on that rig."""
    from isletbench.emulator.rigs.bring_up.firmware_rig import load_any
    from isletbench.emulator.rigs.rig import load_rig

    if (scenario := _scenario(node)) is not None:
        return scenario.rig_of(), "memory"
    if marker := node.get_closest_marker("rig"):
        name, ports = _rig(*marker.args, **marker.kwargs)
        return load_rig(name), ports
    if (chosen := node.config.getoption(OPTION)) is None:
        return load_rig(), "memory"
    rig = load_any(chosen)
    pace = node.get_closest_marker("pace")
    if rig.in_real_time and pace is not None and pace.args != ("real",):
        pytest.skip(f"the rig {rig.name} is real: time does not pass at pace {pace.args[0]} there")
    return rig, "real" if rig.in_real_time else "memory"


@asynccontextmanager
async def _bench(node: pytest.Item, rig: "Rig", ports: str) -> "AsyncIterator[Bench]":
    # imported here, so that a test run that has no bench does not pay for one
    from contextlib import nullcontext

    from isletbench.emulator.bench.assembly import Ports
    from isletbench.emulator.bench.bench import Bench
    from isletbench.emulator.collectors.bleak_backend import virtual_bluetooth
    from isletbench.emulator.faults import parse
    from isletbench.emulator.journal.writer import recorded

    marker = node.get_closest_marker("seed")
    seed = marker.args[0] if marker else None
    scenario = _scenario(node)
    journal: list[Entry] = []
    node.stash[_JOURNAL] = journal
    running = Bench(rig, ports=Ports(ports), seed=seed, journal=recorded(journal))
    async with AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(running)
        except (ValueError, OSError) as error:
            if rig.in_real_time:
                pytest.fail(_bring_up_error(node.config, rig, error), pytrace=False)
            raise
        if scenario:
            running.steering.inject_all(scenario.faults())
        for marker in reversed(list(node.iter_markers("fault"))):
            running.steering.inject(parse({"fault": marker.args[0], **marker.kwargs}))
        with nullcontext() if running.air is None else virtual_bluetooth(running.air):
            yield running
        for host in running.hosts.values():
            if host.failed.done():
                host.failed.result()
    if scenario is not None:
        marker = node.get_closest_marker("scenario")
        allow_unjudged = marker is not None and bool(marker.kwargs.get("allow_unjudged"))
        _judge(scenario, journal, node.nodeid, allow_unjudged=allow_unjudged)


def _bring_up_error(config: pytest.Config, rig: "Rig | FirmwareRig", error: Exception) -> str:
    """Return the error of a bring-up, with the command that diagnoses it."""
    return f"{error}; `isletbench doctor --rig {config.getoption(OPTION) or rig.name}` lists what is missing"


@asynccontextmanager
async def _firmware(request: pytest.FixtureRequest, rig: "FirmwareRig") -> "AsyncIterator[FirmwareBringUp]":
    """Start the firmware for a test; it is built and flashed once. Only devices whose fixtures the test uses are started."""
    from isletbench.emulator.rigs.bring_up.program import BringupError
    from isletbench.emulator.rigs.bring_up.steps import FirmwareBringUp, Step

    if "bench" in request.fixturenames:
        pytest.skip(f"the rig {rig.name} runs firmware: there is no bench to look into")
    if any(request.node.iter_markers("fault")):
        pytest.skip(f"the rig {rig.name} runs firmware, which has no faults")
    bring_ups = request.config.stash.setdefault(_BRING_UPS, {})
    asked = {"cgm", "pump"} & set(request.fixturenames)
    names = tuple(name for name, device in rig.devices.items() if device.kind in asked or not asked)
    if names not in bring_ups:
        directory: Path = request.getfixturevalue("tmp_path_factory").mktemp("rig")
        bring_ups[names] = FirmwareBringUp(rig, directory, only=names)
    bring_up = bring_ups[names]
    if isinstance(bring_up, BringupError):  # a bring-up that failed once is not tried again, because it may take long
        pytest.fail(str(bring_up), pytrace=False)
    try:
        await bring_up.go_to(Step.RUNNING)
    except (BringupError, OSError) as error:
        bring_ups[names] = BringupError(_bring_up_error(request.config, rig, error))
        pytest.fail(str(bring_ups[names]), pytrace=False)
    yield bring_up
    ended = bring_up.ended_program()
    await bring_up.go_to(Step.FLASHED)
    if ended:
        pytest.fail(ended, pytrace=False)


def _scenario(node: pytest.Item) -> "Scenario | None":
    from isletbench.emulator.scenarios.scenario import load_scenario

    marker = node.get_closest_marker("scenario")
    return load_scenario(*marker.args) if marker else None


def _judge(scenario: "Scenario", journal: "list[Entry]", test: str, *, allow_unjudged: bool) -> None:
    """Fail the test with every finding, its journal entries, and the command that repeats it; also where nothing was judged,
    unless that is allowed (``@pytest.mark.scenario(NAME, allow_unjudged=True)``)."""
    from isletbench.emulator.scenarios.judge import verdict_on

    verdict = verdict_on(scenario, "", journal)
    if not verdict.passed and not (allow_unjudged and verdict.outcome == "not judged"):
        moments = ["\n".join(verdict.excerpt(finding)) for _, finding in verdict.findings]
        again = f"again: {shlex.join(['pytest', test])}"
        report_text = "\n\n".join(["\n".join(verdict.sentences()), *moments, again])
        pytest.fail(f"{scenario.id}: {scenario.title}\n{report_text}", pytrace=False)


@pytest.fixture
def scenario(request: pytest.FixtureRequest) -> "Scenario":
    """The scenario of ``@pytest.mark.scenario``; ``scenario.lasts`` is its duration, ms."""
    found = _scenario(request.node)
    if found is None:
        raise pytest.UsageError("the fixture `scenario` needs @pytest.mark.scenario(NAME_OR_FILE)")
    return found


def _rig(name: str | Path = "default", *, ports: str = "memory") -> tuple[str, str]:
    return str(name), ports


@pytest.fixture
def clock(bench: "Bench") -> ClockHandle:
    """The bench's clock: ``clock.now``, ``await clock.passes("5m")``, ``clock.runs_at("60x")``."""
    return ClockHandle(bench)


@pytest.fixture
def bluetooth(bench: "Bench") -> dict[str, str]:
    """The Bluetooth addresses of the devices on the virtual air, by name, for every ``BleakClient`` of the test."""
    return {name: place["ble"]["address"] for name, place in bench.ready()["devices"].items() if place["ble"]}


@pytest.fixture
def serial_ports(bench: "Bench") -> dict[str, str]:
    """The paths or URLs of the devices' serial ports, by name; needs a rig with ``ports="real"``."""
    from isletbench.emulator.bench.assembly import Ports

    if bench.ports is Ports.MEMORY:
        raise pytest.UsageError("the fixture `serial_ports` needs ports to open: @pytest.mark.rig(NAME, ports='real')")
    return {name: place["serial"] for name, place in bench.ready()["devices"].items() if place["serial"]}


@pytest.fixture
def cgm(_rig_running: "Bench | FirmwareBringUp") -> DeviceHandle | FirmwareHandle:
    """The CGM of the rig."""
    return only(_rig_running, "cgm")


@pytest.fixture
def pump(_rig_running: "Bench | FirmwareBringUp") -> DeviceHandle | FirmwareHandle:
    """The pump of the rig."""
    return only(_rig_running, "pump")
