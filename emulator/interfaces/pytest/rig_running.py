"""A rig that runs while a test does, on the loop of that test: a bench in this process, or firmware."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest

from isletbench.emulator.interfaces.pytest.blocking import BlockingBench, own_directory
from isletbench.emulator.interfaces.pytest.sentence import fail
from isletbench.emulator.interfaces.pytest.wanted import Wanted, wanted_by

if TYPE_CHECKING:
    from isletbench.emulator.bench.bench import Bench
    from isletbench.emulator.journal.entries import Entry
    from isletbench.emulator.rigs.bring_up.firmware_rig import FirmwareRig
    from isletbench.emulator.rigs.bring_up.program import BringupError
    from isletbench.emulator.rigs.bring_up.steps import FirmwareBringUp
    from isletbench.emulator.rigs.rig import Rig

    Running: TypeAlias = Bench | BlockingBench

OPTION = "--rig"
DESTINATION = "isletbench_rig"
JOURNAL = pytest.StashKey["list[Entry]"]()
"""What has happened on the bench of a test."""
RUNNING = pytest.StashKey["Running"]()
"""The bench of a test, while the test runs."""
_BRING_UPS = pytest.StashKey[dict[tuple[str, ...], "FirmwareBringUp | BringupError"]]()


@asynccontextmanager
async def rig_running(request: pytest.FixtureRequest) -> "AsyncIterator[Bench | FirmwareBringUp]":
    """Run the rig of a test while the context lasts. Fails the test with a sentence where it cannot run."""
    from isletbench.emulator.rigs.bring_up.firmware_rig import FirmwareRig

    wanted = wanted_by(request.node)
    rig, ports = rig_and_ports(request.node, wanted)
    if isinstance(rig, FirmwareRig):
        async with _firmware(request, rig) as bring_up:
            yield bring_up
        return
    directory: Path = request.getfixturevalue("tmp_path_factory").mktemp("isletbench")
    async with _bench(request.node, wanted, rig, ports, directory) as running:
        yield running


def rig_and_ports(node: pytest.Item | pytest.Collector, wanted: Wanted) -> "tuple[Rig | FirmwareRig, str]":
    """Return the rig that is asked for, and its ports. Skips a test whose pace is impossible on that rig, and fails one whose
    rig is not there."""
    from isletbench.emulator.rigs.bring_up.firmware_rig import load_any
    from isletbench.emulator.rigs.rig import RigError, load_rig

    try:
        if wanted.scenario is not None:
            return wanted.scenario.rig_of(), wanted.ports
        if wanted.rig is not None:
            return load_rig(wanted.rig), wanted.ports
        chosen = node.config.getoption(DESTINATION)
        rig = load_rig() if chosen is None else load_any(chosen)
    except RigError as error:
        fail(str(error))
    if rig.in_real_time and wanted.pace not in {None, "real"}:
        pytest.skip(f"the rig {rig.name} is real: time does not pass at pace {wanted.pace} there")
    return rig, "real" if rig.in_real_time else "memory"


@asynccontextmanager
async def _bench(node: pytest.Item, wanted: Wanted, rig: "Rig", ports: str, directory: Path) -> "AsyncIterator[Bench]":
    # imported here, so that a test run that has no bench does not pay for one
    from isletbench.emulator.bench.assembly import Ports
    from isletbench.emulator.bench.bench import Bench
    from isletbench.emulator.collectors.bleak_backend import virtual_bluetooth
    from isletbench.emulator.core.clock import BenchLoop
    from isletbench.emulator.journal.writer import recorded

    journal: list[Entry] = []
    node.stash[JOURNAL] = journal
    async with AsyncExitStack() as stack:
        try:
            with own_directory(directory):
                running = Bench(rig, ports=Ports(ports), seed=wanted.seed, journal=recorded(journal))
                await stack.enter_async_context(running)
        except (ValueError, OSError) as error:
            fail(_bring_up_error(node.config, rig, error) if rig.in_real_time else str(error))
        pace = running.pace
        inject(running, wanted)
        node.stash[RUNNING] = running
        with nullcontext() if running.air is None else virtual_bluetooth(running.air):
            yield running
        if isinstance(running.loop, BenchLoop) and running.loop.pace != pace:
            running.loop.change_pace(pace)  # the loop may go on with the next test


def inject(running: "Bench", wanted: Wanted) -> None:
    """Inject what a test asks for. Fails the test with a sentence where it cannot be."""
    faults = [] if wanted.scenario is None else wanted.scenario.faults()
    for fault in (*faults, *wanted.faults):
        try:
            running.steering.inject(fault)
        except ValueError as error:
            fail(f"@pytest.mark.fault: {error}")


def _bring_up_error(config: pytest.Config, rig: "Rig | FirmwareRig", error: Exception) -> str:
    """Return the error of a bring-up, with the command that diagnoses it."""
    return f"{error}; `isletbench doctor --rig {config.getoption(DESTINATION) or rig.name}` lists what is missing"


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
    asked = {device.kind for device in rig.devices.values()} & set(request.fixturenames)
    names = tuple(name for name, device in rig.devices.items() if device.kind in asked or not asked)
    if names not in bring_ups:
        directory: Path = request.getfixturevalue("tmp_path_factory").mktemp("rig")
        bring_ups[names] = FirmwareBringUp(rig, directory, only=names)
    bring_up = bring_ups[names]
    if isinstance(bring_up, BringupError):  # a bring-up that failed once is not tried again, because it may take long
        fail(str(bring_up))
    try:
        await bring_up.go_to(Step.RUNNING)
    except (BringupError, OSError) as error:
        bring_ups[names] = BringupError(_bring_up_error(request.config, rig, error))
        fail(str(bring_ups[names]))
    yield bring_up
    ended = bring_up.ended_program()
    await bring_up.go_to(Step.FLASHED)
    if ended:
        fail(ended)
