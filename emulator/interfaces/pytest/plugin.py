"""The pytest plugin: fixtures for a running bench, its devices, and bleak on the virtual air.

    @pytest.mark.pace("jump")
    @pytest.mark.fault("lose_reply", device="pump", on="SetBolus")
    async def test_my_app(bench, pump):
        device = await BleakScanner.find_device_by_name("IB-Pump")

    def test_my_serial_app(serial_ports, pump):
        with serial.Serial(serial_ports["pump"]) as port: ...

An async test, of pytest-asyncio or of anyio, has its bench on its own loop; for any other test the bench runs in a thread.
``pytest --rig NAME`` runs tests that name no rig on another one: firmware, adapters, a physical radio.
"""

import inspect
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from isletbench.emulator.interfaces.pytest.choice import only
from isletbench.emulator.interfaces.pytest.devices import ClockHandle, DeviceHandle, FirmwareHandle
from isletbench.emulator.interfaces.pytest.loops import ASYNCIO_NAMES, fixture_for, on_anyio, on_asyncio
from isletbench.emulator.interfaces.pytest.rig_running import DESTINATION, JOURNAL, OPTION, RUNNING
from isletbench.emulator.interfaces.pytest.sentence import fail
from isletbench.emulator.interfaces.pytest.wanted import MARKERS, MarkerError, Wanted, pace_of, wanted_by

if TYPE_CHECKING:
    import asyncio
    from types import TracebackType

    from isletbench.emulator.bench.bench import Bench
    from isletbench.emulator.interfaces.pytest.blocking import BlockingBench, BlockingDevice
    from isletbench.emulator.rigs.bring_up.steps import FirmwareBringUp
    from isletbench.emulator.scenarios.scenario import Scenario

SHOWN_ENTRIES = 40
"""Number of journal entries in the report of a failed test."""
LONG_OPTION = "--isletbench-rig"
PACKAGE = Path(__file__).parents[3]
"""Where this package is installed."""
OURS = frozenset({"_isletbench_running", "blocking_bench"})
"""The fixtures that run a rig for a test: whoever uses none of them may call their markers what they like."""

# Options and markers


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the option of the rig."""
    parser.getgroup("isletbench").addoption(
        LONG_OPTION,
        dest=DESTINATION,
        metavar="NAME",
        help="the rig, or rig file, on which tests run that name none; `isletbench rigs` lists those there are. --rig says the"
        " same, unless the project has an option of that name",
    )


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(parser: pytest.Parser, args: list[str]) -> Generator[None, None, None]:
    """Take ``--rig`` for the option of the rig where nobody else has declared it: the project's conftest.py is known now."""
    yield
    _, unknown = parser.parse_known_and_unknown_args([f"{OPTION}=x"])
    if unknown:
        for place, word in enumerate(args):
            if word == OPTION or word.startswith(f"{OPTION}="):
                args[place] = LONG_OPTION + word.removeprefix(OPTION)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers, and check the chosen rig. Raises ``UsageError``."""
    for line in MARKERS:
        config.addinivalue_line("markers", line)
    config.pluginmanager.register(on_anyio(), "isletbench_on_anyio")
    if any(map(config.pluginmanager.hasplugin, ASYNCIO_NAMES)):
        config.pluginmanager.register(on_asyncio(), "isletbench_on_asyncio")
    if (name := config.getoption(DESTINATION)) is not None:
        from isletbench.emulator.rigs.bring_up.firmware_rig import load_any
        from isletbench.emulator.rigs.rig import RigError

        try:
            load_any(name)
        except RigError as error:
            raise pytest.UsageError(f"{OPTION}: {error}") from None


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Return the header lines: the chosen rig, and the programs that it starts."""
    if (name := config.getoption(DESTINATION)) is None:
        return []
    from isletbench.emulator.rigs.bring_up.firmware_rig import FirmwareRig, load_any

    rig = load_any(name)
    starts = [f"isletbench: {rig.warning}"] if isinstance(rig, FirmwareRig) else []
    return [f"isletbench rig: {name}", *starts]


class _LoopFactories:
    """A hook of pytest-asyncio, registered only while a test with a pace is collected, else it would apply to all tests."""

    def __init__(self, marker: pytest.Mark) -> None:
        self._pace = pace_of(marker)

    @pytest.hookimpl(optionalhook=True)
    def pytest_asyncio_loop_factories(
        self, config: pytest.Config, item: pytest.Item
    ) -> Mapping[str, "Callable[[], asyncio.AbstractEventLoop]"]:
        """Return the factory of event loops with this pace."""
        from isletbench.emulator.core.clock import BenchLoop

        return {str(self._pace): lambda: BenchLoop(self._pace)}


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> Generator[None, None, None]:
    """Run a test with the marker ``pace`` on an event loop of that pace. What is wrong with the marker is said by the test."""
    marker = metafunc.definition.get_closest_marker("pace")
    try:
        loops = None if marker is None else _LoopFactories(marker)
    except MarkerError:
        loops = None
    if loops is None:
        return (yield)
    plugins = metafunc.config.pluginmanager
    plugins.register(loops)
    try:
        return (yield)
    finally:
        plugins.unregister(loops)


# Tests


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail a test of a bench with a sentence where a marker is wrong."""
    if OURS & set(getattr(item, "fixturenames", ())):
        _wanted(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Judge what the client of a test did, when the test itself has passed."""
    yield
    if RUNNING in item.stash:
        from isletbench.emulator.interfaces.pytest.verdicts import judge

        judge(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the last journal entries to the report of a failed test. A call of ours that was wrong is shown where the test makes
    it, and not where we find that out."""
    error = call.excinfo
    if error is not None and RUNNING in item.stash and isinstance(error.value, ValueError):
        _cut(error.tb, item.path)
    report = yield
    if report.failed and (journal := item.stash.get(JOURNAL, None)):
        from isletbench.emulator.journal.writer import to_line

        shown = journal[-SHOWN_ENTRIES:]
        title = f"the last {len(shown)} entries of the bench's journal"
        report.sections.append((title, "\n".join(map(to_line, shown))))
    return report


def _cut(traceback: "TracebackType | None", test: Path) -> None:
    """End a traceback where a test's code calls ours."""
    is_in_test = False
    before = None
    while traceback is not None:
        file = Path(traceback.tb_frame.f_code.co_filename)
        if is_in_test and file.is_relative_to(PACKAGE):
            assert before is not None
            before.tb_next = None
            return
        is_in_test = is_in_test or file == test
        before, traceback = traceback, traceback.tb_next


def _wanted(node: pytest.Item | pytest.Collector) -> Wanted:
    """What the markers of a test ask for. Fails it with a sentence where one is wrong."""
    try:
        return wanted_by(node)
    except MarkerError as error:
        fail(str(error))


# Fixtures


@pytest.fixture
def _isletbench_running(request: pytest.FixtureRequest) -> "Bench | FirmwareBringUp | BlockingBench":
    """The running rig of this test: on its loop, or in a thread for a test that has none."""
    name = fixture_for(request.node)
    if name is None and inspect.iscoroutinefunction(getattr(request.node, "function", None)):
        fail("an async test needs pytest-asyncio or anyio, and a marker of theirs: @pytest.mark.asyncio")
    found: Bench | FirmwareBringUp | BlockingBench = request.getfixturevalue(name or "blocking_bench")
    return found


@pytest.fixture
def bench(_isletbench_running: "Bench | FirmwareBringUp | BlockingBench") -> "Bench | BlockingBench":
    """The rig of ``@pytest.mark.rig(NAME_OR_FILE)`` or of ``--rig``, else the default rig, running in this process.

    In an async test serial ports are in memory (``bench.memory``), unless the rig names adapters, and every ``BleakClient`` and
    ``BleakScanner`` of the test uses the virtual air, if a device of the rig is on it. In any other test it is a
    ``blocking_bench``. An exception in a device fails the test. A rig of firmware has no bench: the test is skipped.
    """
    from isletbench.emulator.bench.bench import Bench
    from isletbench.emulator.interfaces.pytest.blocking import BlockingBench

    assert isinstance(_isletbench_running, Bench | BlockingBench), "a test that asks for a bench is not brought up on firmware"
    return _isletbench_running


BenchFactory = Callable[..., Any]


@pytest.fixture(scope="session")
def bench_factory(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> BenchFactory:
    """Makes benches in threads, for fixtures of any scope: ``with bench_factory("my.toml", pace="60x", seed=1) as bench:``."""
    from isletbench.emulator.interfaces.pytest.rig_running import rig_and_ports

    @contextmanager
    def made(
        rig: str | Path | None = None, *, pace: str = "real", seed: int | None = None, journal: Any = None
    ) -> "Iterator[BlockingBench]":
        wanted = Wanted(rig=None if rig is None else str(rig), pace=pace, seed=seed)
        loaded, _ = rig_and_ports(request.session, wanted)
        yield from _in_a_thread(loaded, wanted, [] if journal is None else journal, tmp_path_factory.mktemp("isletbench"))

    return made


def _in_a_thread(rig: Any, wanted: Wanted, journal: list[Any], directory: Path) -> "Iterator[BlockingBench]":
    """A bench in a thread while the generator lasts. Fails with a sentence where it cannot be."""
    from isletbench.emulator.core.clock import Pace
    from isletbench.emulator.interfaces.pytest.blocking import BlockingBench
    from isletbench.emulator.interfaces.pytest.rig_running import inject
    from isletbench.emulator.rigs.bring_up.firmware_rig import FirmwareRig

    if isinstance(rig, FirmwareRig):
        pytest.skip(f"the rig {rig.name} runs firmware: there is no bench to look into")
    try:
        pace = Pace.parse(wanted.pace or "real")
        if pace.jumps:
            raise ValueError("pace jump: a test that is not async has its own clock; expected real or a factor such as 60x")
        running = BlockingBench(rig, pace, seed=wanted.seed, journal=journal, directory=directory)
        running.start()
    except (ValueError, OSError) as error:
        fail(str(error))
    try:
        running.call(lambda bench: inject(bench, wanted))
        yield running
    finally:
        running.stop()


@pytest.fixture
def blocking_bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> "Iterator[BlockingBench]":
    """The rig of the markers, running in a thread of its own, for tests that are not async. Its serial ports are real."""
    from isletbench.emulator.interfaces.pytest.rig_running import rig_and_ports

    wanted = _wanted(request.node)
    rig, _ = rig_and_ports(request.node, wanted)
    journal: list[Any] = []
    request.node.stash[JOURNAL] = journal
    for running in _in_a_thread(rig, wanted, journal, tmp_path_factory.mktemp("isletbench")):
        request.node.stash[RUNNING] = running
        yield running


@pytest.fixture(scope="module")
def module_bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> "Iterator[BlockingBench]":
    """The rig of the module's markers (``pytestmark``), running in a thread for all of its tests."""
    from isletbench.emulator.interfaces.pytest.rig_running import rig_and_ports

    wanted = _wanted(request.node)
    rig, _ = rig_and_ports(request.node, wanted)
    yield from _in_a_thread(rig, wanted, [], tmp_path_factory.mktemp("isletbench"))


@pytest.fixture(scope="session")
def session_bench(bench_factory: BenchFactory) -> "Iterator[BlockingBench]":
    """The rig of ``--rig``, else the default rig, running in a thread for all tests. For another one: ``bench_factory``."""
    with bench_factory() as running:
        yield running


@pytest.fixture
def scenario(request: pytest.FixtureRequest) -> "Scenario":
    """The scenario of ``@pytest.mark.scenario``; ``scenario.lasts`` is its duration, ms."""
    found = _wanted(request.node).scenario
    if found is None:
        fail("the fixture `scenario` needs @pytest.mark.scenario(NAME_OR_FILE)")
    return found


@pytest.fixture
def clock(_isletbench_running: "Bench | BlockingBench") -> "ClockHandle | BlockingBench":
    """The bench's clock: ``clock.now``, ``await clock.passes("5m")``, ``clock.runs_at("60x")``; no ``await`` in a test that is
    not async."""
    from isletbench.emulator.interfaces.pytest.blocking import BlockingBench

    return _isletbench_running if isinstance(_isletbench_running, BlockingBench) else ClockHandle(_isletbench_running)


@pytest.fixture
def bluetooth(_isletbench_running: "Bench | BlockingBench") -> dict[str, str]:
    """The Bluetooth addresses of the devices on the virtual air, by name, for every ``BleakClient`` of the test."""
    return {name: place["ble"]["address"] for name, place in _isletbench_running.ready()["devices"].items() if place["ble"]}


@pytest.fixture
def serial_ports(_isletbench_running: "Bench | BlockingBench") -> dict[str, str]:
    """The paths or URLs of the devices' serial ports, by name; in an async test for a rig with ``ports="real"``."""
    from isletbench.emulator.bench.assembly import Ports
    from isletbench.emulator.bench.bench import Bench

    if isinstance(_isletbench_running, Bench) and _isletbench_running.ports is Ports.MEMORY:
        fail("the fixture `serial_ports` needs ports to open: @pytest.mark.rig(NAME, ports='real')")
    return {name: place["serial"] for name, place in _isletbench_running.ready()["devices"].items() if place["serial"]}


@pytest.fixture
def cgm(_isletbench_running: "Bench | FirmwareBringUp | BlockingBench") -> "DeviceHandle | FirmwareHandle | BlockingDevice":
    """The CGM of the rig."""
    return only(_isletbench_running, "cgm")


@pytest.fixture
def pump(_isletbench_running: "Bench | FirmwareBringUp | BlockingBench") -> "DeviceHandle | FirmwareHandle | BlockingDevice":
    """The pump of the rig."""
    return only(_isletbench_running, "pump")
