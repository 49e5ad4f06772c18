"""Playing scenarios to a program: it finds the devices in its environment, and everything it does or fails to do is a verdict.

The bench runs at real or scaled pace, for a program has a clock of its own. Where libfaketime is installed that clock can be
scaled with the bench's.
"""

import asyncio
import ctypes.util
import io
import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.core.quantities import Instant, Span
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.scenarios.belief_pipe import believing
from isletbench.emulator.scenarios.judge import Verdict, concluded
from isletbench.emulator.scenarios.scenario import Scenario, load

GRACE_S = 5.0
"""How long a program may take to end when it is asked to (SIGTERM), of the world's time."""
STARTING_S = 20.0
"""How long a program may take to connect for the first time before the scenario goes on at its pace."""
SAID = 4_000
"""The last characters of what a program has printed, kept for the verdict."""
FAKETIME = ("libfaketime.so.1", "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1", "/usr/lib/faketime/libfaketime.so.1")


@dataclass(frozen=True, slots=True)
class Job:
    """One scenario over one carrier, for one program."""

    scenario: str
    """An identifier or a file."""
    over: str
    command: tuple[str, ...]
    pace: Pace
    controlled: Callable[[Bench], AbstractAsyncContextManager[str]]
    """Offers the control API of a bench while its context lasts; yields its URL."""
    seed: int | None = None
    fake_clock: bool = False
    """Whether the program's clock runs at the bench's pace."""
    only: Span | None = None
    """Play no more than this of it."""


def jobs_of(names: Sequence[str], over: Sequence[str], model: Job) -> list[Job]:
    """A job like ``model`` for every scenario, on each of these carriers that it makes sense on. Raises ``ScenarioError``."""
    found = []
    for name in names:
        found += [replace(model, scenario=name, over=carrier) for carrier in load(name).over if carrier in over]
    return found


def faketime() -> str | None:
    """The library that scales a program's clock, where there is one."""
    return next((path for path in FAKETIME if Path(path).exists()), ctypes.util.find_library("faketime"))


def environment(bench: Bench, job: Job, scenario: Scenario, control: str | None, beliefs: Path | None) -> dict[str, str]:
    """Where a program finds the devices, and what is expected of it: ``ISLETBENCH_<NAME>_SERIAL``, ``ISLETBENCH_<NAME>_BLE``,
    ``ISLETBENCH_HCI``, ``ISLETBENCH_CONTROL``, ``ISLETBENCH_BELIEFS``, ``ISLETBENCH_INTENTS``, ``ISLETBENCH_PACE``; devices
    of one carrier only."""
    over = job.over
    told: dict[str, str] = {"ISLETBENCH_OVER": over, "ISLETBENCH_PACE": "real" if job.fake_clock else str(job.pace)}
    told["ISLETBENCH_INTENTS"] = json.dumps(scenario.wanted(bench.clock.now()))
    for name, place in bench.ready()["devices"].items():
        key = f"ISLETBENCH_{name.upper().replace('-', '_')}"
        if over == "serial" and place["serial"]:
            told[f"{key}_SERIAL"] = place["serial"]
        if over == "ble" and place["ble"]:
            told[f"{key}_BLE"] = place["ble"]["address"]
    if over == "ble" and bench.hci:
        told["ISLETBENCH_HCI"] = bench.hci[0]
    if control is not None:
        told["ISLETBENCH_CONTROL"] = control
    if beliefs is not None:
        told["ISLETBENCH_BELIEFS"] = str(beliefs)
    return told


def play_to_program(job: Job) -> Verdict:
    """Play one job to the end, in this process. Raises ``ScenarioError``, ``OSError`` for a program that cannot be started."""
    scenario = load(job.scenario)
    with tempfile.TemporaryDirectory(prefix="isletbench-") as place:
        before = os.environ.get("ISLETBENCH_DIR")
        os.environ["ISLETBENCH_DIR"] = place
        try:
            return run(_play(scenario, job), _unhurried(job.pace))
        finally:
            if before is None:
                del os.environ["ISLETBENCH_DIR"]
            else:
                os.environ["ISLETBENCH_DIR"] = before


async def _play(scenario: Scenario, job: Job) -> Verdict:
    sink = io.StringIO()
    seed = scenario.seed if job.seed is None else job.seed
    lasts = scenario.lasts if job.only is None else min(scenario.lasts, job.only)
    async with Bench(scenario.rig_of(), ports=Ports.REAL, seed=seed, journal=Journal(sink)) as bench:
        for fault in scenario.faults():
            bench.steering.inject(fault)
        bench.steering.change_pace(_unhurried(job.pace))
        pipe = Path(os.environ["ISLETBENCH_DIR"]) / "beliefs"
        async with AsyncExitStack() as stack:
            control = await stack.enter_async_context(job.controlled(bench))
            beliefs = stack.enter_context(believing(bench, pipe))
            playing = asyncio.ensure_future(bench.run(lasts))
            said = ""
            for until in (*scenario.restarts, None):
                told = environment(bench, job, scenario, control, beliefs)
                why, words = await _live(job, told, bench, playing, until)
                said += words
                if playing.done():
                    break
    return concluded(scenario, job.over, sink.getvalue(), why=why, crashed=bool(why), said=said)


async def _live(
    job: Job, told: Mapping[str, str], bench: Bench, playing: "asyncio.Future[None]", until: Instant | None
) -> tuple[str, str]:
    """Let the program live once: until it is killed at an instant, or until the scenario is over. What was wrong with how it
    ended, and what it printed."""
    why = ""
    program = _start(job, told)
    hurrying = asyncio.ensure_future(_hurry_once_it_is_there(bench, job.pace))
    ended = asyncio.ensure_future(asyncio.to_thread(program.wait))
    left = None if until is None else asyncio.ensure_future(asyncio.sleep((until - bench.clock.now()) / 1_000))
    try:
        await asyncio.wait([one for one in (playing, ended, left) if one], return_when=asyncio.FIRST_COMPLETED)
        if playing.done():
            playing.result()
            why = await asyncio.to_thread(_end, program)
        elif left is None or not left.done():
            why = f"the client ended with exit code {program.returncode} {bench.clock.now() / 1000:.0f} s after the start"
            playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)
        else:
            bench.steering.change_pace(_unhurried(job.pace))
    finally:
        hurrying.cancel()
        if left is not None:
            left.cancel()
        said = await asyncio.to_thread(_swept_up, program)
        await asyncio.gather(ended, return_exceptions=True)
    return why, said


def _unhurried(pace: Pace) -> Pace:
    """No faster than real time: what a computer needs to end and start a program is not the scenario's."""
    return Pace(min(pace.factor or 1.0, 1.0))


async def _hurry_once_it_is_there(bench: Bench, pace: Pace) -> None:
    """Real time until the program has connected, or has had time to."""
    there = asyncio.Event()
    stop = bench.journal.listen(lambda entry: there.set() if entry.get("in") == "connected" else None)
    with suppress(TimeoutError):
        await asyncio.wait_for(there.wait(), STARTING_S)
    stop()
    bench.steering.change_pace(pace)


def _start(job: Job, told: Mapping[str, str]) -> "subprocess.Popen[str]":
    settings = {**os.environ, **told, "PYTHONUNBUFFERED": "1"}
    if job.fake_clock and job.pace.factor is not None:
        library = faketime()
        if library is None:
            raise OSError("libfaketime is not installed: expected it for a client with a scaled clock (Debian: libfaketime)")
        settings |= {"LD_PRELOAD": library, "FAKETIME": f"+0 x{job.pace.factor:g}"}
    output = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115  # it lives as long as the program
    try:
        started = subprocess.Popen(  # noqa: S603  # the program that the user names is what is to be run
            job.command,
            env=settings,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
    except OSError as error:
        output.close()
        raise OSError(error.errno, f"the client cannot be started: {error.strerror}: {job.command[0]}") from None
    started.stdout = output  # read when it is over
    return started


def _end(program: "subprocess.Popen[str]") -> str:
    """Ask it to end; what is wrong if it does not."""
    program.send_signal(signal.SIGTERM)
    try:
        program.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        return f"the client did not end within {GRACE_S:g} s of SIGTERM: it hangs"
    return ""


def _swept_up(program: "subprocess.Popen[str]") -> str:
    """Make sure that it and whatever it has started are gone; the last of what they printed."""
    with suppress(ProcessLookupError):
        os.killpg(program.pid, signal.SIGKILL)
    program.wait()
    assert program.stdout is not None
    with program.stdout as output:
        output.seek(0)
        return output.read()[-SAID:]


def play_all(jobs: Sequence[Job], at_once: int) -> Iterator[tuple[Job, Verdict]]:
    """Play jobs, so many at a time, each in a process of its own; every verdict as it comes."""
    with ProcessPoolExecutor(at_once, mp_context=get_context("spawn")) as pool:
        waiting = {pool.submit(play_to_program, job): job for job in jobs}
        try:
            for done in as_completed(waiting):
                yield waiting[done], done.result()
        finally:
            for future in waiting:
                future.cancel()
