"""Playing scenarios to a program: it finds the devices in its environment, and everything it does or fails to do is a verdict.

The bench runs at real or scaled pace, for a program has a clock of its own. Where libfaketime is installed that clock can be
scaled with the bench's.
"""

import asyncio
import json
import os
import signal
import tempfile
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from multiprocessing import active_children, get_context, parent_process, resource_tracker
from pathlib import Path
from threading import Event, Thread, current_thread, main_thread

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.core.clock import Pace, run, wall_seconds
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.endpoints.personalities import PERSONALITIES
from isletbench.emulator.journal.entries import Entry, RequestEntry
from isletbench.emulator.journal.writer import recorded
from isletbench.emulator.scenarios import process
from isletbench.emulator.scenarios.belief_pipe import believing
from isletbench.emulator.scenarios.jobs import Job, PlayingEnded, Result
from isletbench.emulator.scenarios.judge import Verdict, verdict_on
from isletbench.emulator.scenarios.lateness import Watch
from isletbench.emulator.scenarios.scenario import Scenario, load_scenario

SLOWER = 4.0
"""How much slower a scenario is played again that the machine was too slow for."""
STILL_S = 10.0
"""How often whoever waits for a verdict is told that none has come, of the world's time."""
ENDS_AFTER_S = 10.0
"""How long a process may take to end its program when the one that has started it is gone."""
STARTING_S = 20.0
"""How long a program may take to connect for the first time before the scenario goes on at its pace."""


def environment(
    bench: Bench, job: Job, scenario: Scenario, control: str | None, beliefs: Path | None, *, unmet: Instant
) -> dict[str, str]:
    """The environment variables in which a program finds the devices, and what is expected of it: from ``unmet`` on there was
    no program yet, however long a busy machine takes to start one.

    ``ISLETBENCH_<NAME>_SERIAL`` or ``..._BLE``, and ``_HCI``, ``_CONTROL``, ``_BELIEFS``, ``_INTENTS``, ``_SETTINGS`` and
    ``_PACE``.
    """
    over, personality = job.over, PERSONALITIES.get(job.over)
    by_radio = over == "ble" if personality is None else personality.service is not None
    variables: dict[str, str] = {"ISLETBENCH_OVER": over, "ISLETBENCH_PACE": "real" if job.fake_clock else str(job.pace)}
    variables["ISLETBENCH_INTENTS"] = json.dumps(scenario.wanted(bench.clock.now(), unmet))
    for name, place in bench.ready()["devices"].items():
        key = f"ISLETBENCH_{name.upper().replace('-', '_')}"
        if not by_radio and place["serial"]:
            variables[f"{key}_SERIAL"] = place["serial"]
        if by_radio and place["ble"]:
            variables[f"{key}_BLE"] = place["ble"]["address"]
    if by_radio and bench.hci:
        variables["ISLETBENCH_HCI"] = bench.hci[0]
    if scenario.settings is not None:
        variables["ISLETBENCH_SETTINGS"] = str(scenario.settings)
    if control is not None:
        variables["ISLETBENCH_CONTROL"] = control
    if beliefs is not None:
        variables["ISLETBENCH_BELIEFS"] = str(beliefs)
    return variables


def play_to_program(job: Job) -> Verdict:
    """Play one job to the end, in this process; again at a slower pace where the machine could not keep up and that matters.

    Raises ``ScenarioError``, ``OSError`` for a program that cannot be started.
    """
    return play_scenario(load_scenario(job.scenario), job)


def play_scenario(scenario: Scenario, job: Job, *, at_end: Callable[[Bench], None] = lambda bench: None) -> Verdict:
    """Play a scenario as ``play_to_program`` plays the one that a job names. ``at_end`` is called when the client has ended,
    while the bench is still there. Raises ``OSError`` for a program that cannot be started."""
    verdict = _play_once(scenario, job, at_end)
    slower = job
    for _ in range(job.retries):
        cut_short = job.only is not None and not verdict.findings  # whatever the pace, that has not been played
        if not verdict.late or cut_short or (slower.pace.factor or 1.0) <= 1.0:
            break
        slower = replace(slower, pace=Pace(max(1.0, (slower.pace.factor or 1.0) / SLOWER)))
        verdict = replace(_play_once(scenario, slower, at_end), pace=str(slower.pace))
    return verdict


def _play_once(scenario: Scenario, job: Job, at_end: Callable[[Bench], None]) -> Verdict:
    with tempfile.TemporaryDirectory(prefix="isletbench-") as place:
        before = os.environ.get("ISLETBENCH_DIR")
        os.environ["ISLETBENCH_DIR"] = place
        try:
            return run(_play(scenario, job, at_end), _at_most_real_time(job.pace))
        finally:
            if before is None:
                del os.environ["ISLETBENCH_DIR"]
            else:
                os.environ["ISLETBENCH_DIR"] = before


async def _play(scenario: Scenario, job: Job, at_end: Callable[[Bench], None]) -> Verdict:
    _cancelled_by_signals(job)
    entries: list[Entry] = []
    seed = scenario.seed if job.seed is None else job.seed
    lasts = scenario.lasts if job.only is None else min(scenario.lasts, job.only)
    async with Bench(scenario.rig_of(job.over), ports=Ports.REAL, seed=seed, journal=recorded(entries)) as bench:
        bench.steering.inject_all(scenario.faults())
        bench.steering.change_pace(_at_most_real_time(job.pace))
        pipe = Path(os.environ["ISLETBENCH_DIR"]) / "beliefs"
        async with AsyncExitStack() as stack:
            control = await stack.enter_async_context(job.controlled(bench))
            beliefs = stack.enter_context(believing(bench, pipe))
            watch = Watch(lambda late: bench.journal.bench(bench.clock.now(), late))
            watching = asyncio.ensure_future(watch.run())
            stack.callback(watching.cancel)
            playing = asyncio.ensure_future(bench.run(lasts))
            output, unmet = "", 0
            for until in (*scenario.restarts, None):
                variables = environment(bench, job, scenario, control, beliefs, unmet=unmet)
                why, printed = await _run(job, variables, bench, playing, until=until, watch=watch)
                output += printed
                if playing.done() or until is None:
                    break
                unmet = until
        at_end(bench)
    return verdict_on(scenario, job.over, entries, why=why, crashed=bool(why), output=output)


def _cancelled_by_signals(job: Job) -> None:
    """Let the signal that ends a process of ``play_all`` or of a cell cancel what is played there: the program under test ends
    with it."""
    task = asyncio.current_task()
    if task is not None and (parent_process() is not None or job.cut_off is not None):
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


def _begin_worker() -> None:
    """Let a process of ``play_all`` end by its parent alone: a terminal sends Ctrl-C and its end to everybody. A parent that
    was killed can end nobody, so that this process then ends itself."""
    for one in (signal.SIGINT, signal.SIGHUP):
        signal.signal(one, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
        Event().wait(ENDS_AFTER_S)
        os._exit(128 + signal.SIGTERM)  # it was between two jobs


def _played(job: Job) -> tuple[Verdict, float]:
    """Play a job; the verdict, and how long it took, s. A process whose job was cancelled ends, for the pool has handed it
    the next one already."""
    began = wall_seconds()
    try:
        return play_to_program(job), wall_seconds() - began
    except asyncio.CancelledError:
        os._exit(128 + signal.SIGTERM)


async def _run(
    job: Job,
    variables: Mapping[str, str],
    bench: Bench,
    playing: "asyncio.Future[None]",
    *,
    until: Instant | None,
    watch: Watch,
) -> tuple[str, str]:
    """Run the program once: until it is killed at an instant, or until the scenario is over. What was wrong with how it
    ended, and what it printed."""
    why, cut_off = "", True
    program = process.start(job.command, variables, job.pace.factor if job.fake_clock else None)
    watch.watch(program.pid)
    speeding_up = asyncio.ensure_future(_change_pace_once_connected(bench, job.pace))
    ended = asyncio.ensure_future(asyncio.to_thread(program.wait))
    left = None if until is None else asyncio.ensure_future(asyncio.sleep((until - bench.clock.now()) / 1_000))
    try:
        await asyncio.wait([one for one in (playing, ended, left) if one], return_when=asyncio.FIRST_COMPLETED)
        cut_off = False
        if playing.done():
            playing.result()
            why = await asyncio.to_thread(process.end, program)
        elif left is None or not left.done():
            why = f"the client ended with exit code {program.returncode} {bench.clock.now() / 1000:.0f} s after the start"
            playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)
        else:
            bench.steering.change_pace(_at_most_real_time(job.pace))
    finally:
        watch.watch(None)
        speeding_up.cancel()
        if left is not None:
            left.cancel()
        output = await asyncio.to_thread(process.kill_and_collect_output, program)
        await asyncio.gather(ended, return_exceptions=True)
        if cut_off and job.cut_off is not None:
            job.cut_off(output)
    return why, output


def _at_most_real_time(pace: Pace) -> Pace:
    """No faster than real time: what a computer needs to end and start a program is not the scenario's."""
    return Pace(min(pace.factor or 1.0, 1.0))


async def _change_pace_once_connected(bench: Bench, pace: Pace) -> None:
    """Real time until the program has connected, or has had time to."""
    connected = asyncio.Event()

    def look(entry: Entry) -> None:
        if isinstance(entry, RequestEntry) and entry.request.opens_link:
            connected.set()

    stop = bench.journal.listen(look)
    with suppress(TimeoutError):
        await asyncio.wait_for(connected.wait(), STARTING_S)
    stop()
    bench.steering.change_pace(pace)


def _start_resource_tracker() -> None:
    """Start the process in which Python keeps account of semaphores, so that a closed terminal does not end it.

    It ignores SIGINT and SIGTERM by itself, and SIGHUP where that is ignored when it starts. Another one in its place would not
    know of the semaphores, and print a traceback for each.
    """
    if current_thread() is not main_thread():
        resource_tracker.ensure_running()
        return
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        resource_tracker.ensure_running()
    finally:
        signal.signal(signal.SIGHUP, before)


def play_all(jobs: Sequence[Job], at_once: int, still: Callable[[], None] = lambda: None) -> Generator[Result, None, None]:
    """Play jobs, so many at a time, each in a process of its own; every result as it comes.

    ``still`` is called now and then while none comes. Whoever leaves before the end, by an exception too, ends the programs.
    Raises ``PlayingEnded``.
    """
    _start_resource_tracker()
    with ProcessPoolExecutor(at_once, mp_context=get_context("spawn"), initializer=_begin_worker) as pool:
        waiting = {pool.submit(_played, job): job for job in jobs}
        try:
            while waiting:
                done, _ = wait(waiting, STILL_S, FIRST_COMPLETED)
                if not done:
                    still()
                for one in done:
                    yield Result(waiting.pop(one), *one.result())
        except BrokenProcessPool:
            raise PlayingEnded from None
        finally:
            for future in waiting:
                future.cancel()
            if waiting:
                for worker in active_children():
                    worker.terminate()
