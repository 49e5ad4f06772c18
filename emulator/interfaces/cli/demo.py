"""`demo`: a day in closed loop, in seconds, and the report of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isletbench.emulator.interfaces.cli.errors import CallError
from isletbench.emulator.interfaces.cli.output import AsJson, console, line, print_json
from isletbench.emulator.interfaces.cli.outputs import PAGE, Force, Output, journal_output, try_outputs, write_file

if TYPE_CHECKING:
    from isletbench.emulator.core.quantities import Span
    from isletbench.emulator.journal.entries import Entry
    from isletbench.emulator.reports.report import Report
    from isletbench.emulator.scenarios.scenario import Scenario

START = datetime(2026, 1, 1, 6)  # noqa: DTZ001  # a device's local time has no zone
STEP_MS = 900_000
"""The progress bar moves on after so much bench time."""


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(demo)


def demo(
    output: Annotated[Path, typer.Option("--output", "-o", help="The report; the journal is written beside it.")] = Path(
        "isletbench-demo.html"
    ),
    seed: Annotated[int | None, typer.Option(help="Another day: the seed of everything random.", min=0, max=2**63 - 1)] = None,
    opens: Annotated[bool, typer.Option("--open", help="Show the report in the browser.")] = False,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """A day in closed loop in a few seconds: a virtual patient, a CGM and a pump on virtual serial ports, a controller.

    Three meals, and an infusion set that is blocked before lunch. Every octet crosses the wire as it would in real time.
    """
    from isletbench.emulator.core.clock import Pace, run
    from isletbench.emulator.journal.writer import to_text
    from isletbench.emulator.reports.report import report_of
    from isletbench.emulator.scenarios.judge import verdict_on

    if not output.parent.is_dir():
        raise CallError(f"--output: {output.parent}: there is no such directory")
    journal = output.with_suffix(".jsonl")
    try_outputs([*journal_output(journal), Output("report", output, PAGE)], force=force)
    scenario = _scenario(seed)
    entries: list[Entry] = []
    with _progress(scenario.lasts) as moved:
        run(_play(scenario, entries, moved), Pace(None))
    report = report_of(entries, verdict_on(scenario, "serial", entries))
    write_file(journal, to_text(entries))
    write_file(output, report.html())
    if as_json:
        print_json({"report": str(output), "journal": str(journal), **report.to_dict()})
    else:
        _print(report, output, journal)
    if opens:
        import webbrowser

        webbrowser.open(output.resolve().as_uri())


def _scenario(seed: int | None) -> "Scenario":
    from isletbench.emulator.scenarios.scenario import load_scenario

    with as_file(files("isletbench.hil_rigs") / "demo" / "closed_loop_day.toml") as path:
        scenario = load_scenario(str(path))
    return scenario if seed is None else scenario.model_copy(update={"seed": seed})


async def _play(scenario: "Scenario", entries: "list[Entry]", moved: "Callable[[Span], None]") -> None:
    """Play the day to the reference controller; ``moved`` is told how much time has passed."""
    import asyncio

    from isletbench.emulator.bench.assembly import Ports
    from isletbench.emulator.bench.bench import Bench
    from isletbench.emulator.collectors.collector import Collector
    from isletbench.emulator.collectors.link_collector import LinkCollector
    from isletbench.emulator.journal.writer import recorded
    from isletbench.hil_rigs.clients.algorithms.hybrid import Hybrid
    from isletbench.hil_rigs.clients.algorithms.settings import Settings
    from isletbench.hil_rigs.clients.controller.controller import Controller
    from isletbench.hil_rigs.clients.controller.pump import Automation
    from isletbench.hil_rigs.clients.controller.user_requests import UserRequest

    settings = Settings(sensitivity=56.3, carb_ratio=16.0, max_basal=2.6, max_bolus=0.65, max_iob=5.1)
    rig = scenario.rig_of().model_copy(update={"start": START})
    async with Bench(rig, ports=Ports.MEMORY, seed=scenario.seed, journal=recorded(entries)) as bench:
        bench.steering.inject_all(scenario.faults())
        collectors: dict[str, Collector] = {name: LinkCollector(bench.memory[name].connect) for name in scenario.clients}
        meals = [UserRequest(wanted["at"], wanted["do"], grams=wanted["grams"]) for wanted in scenario.wanted()]
        controller = Controller(collectors, bench.believe, requests=meals, automation=Automation(Hybrid(), settings))
        running = asyncio.ensure_future(controller.run())
        while (now := bench.clock.now()) < scenario.lasts:
            await bench.run(min(STEP_MS, scenario.lasts - now))
            moved(bench.clock.now())
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@contextmanager
def _progress(lasts: "Span") -> "Iterator[Callable[[Span], None]]":
    """A progress bar on standard error while the context lasts; the function it yields is told how much time has passed."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[clock]}"), TimeElapsedColumn())
    with Progress(*columns, console=console(wraps=True, stderr=True), transient=True) as bar:
        task = bar.add_task("a day in closed loop", total=lasts, clock="")

        def moved(now: "Span") -> None:
            bar.update(task, completed=now, clock=f"{START + timedelta(milliseconds=now):%H:%M}")

        yield moved


def _print(report: "Report", output: Path, journal: Path) -> None:
    terminal = console()
    in_range, below, mean = [one for one in report.headlines() if one.name in {"time in range", "time below 70", "mean, mg/dL"}]
    for one in (in_range, below, mean):
        terminal.print(line((f"{one.value:>7}", "bold"), f"  {one.name} ", (f"({one.note})", "dim")))
    terminal.print(f"\n{_occlusion(report)}")
    terminal.print(f"report   {output.resolve()}")
    terminal.print(f"journal  {journal.resolve()}")


def _occlusion(report: "Report") -> str:
    """What became of the blocked infusion set, in a sentence."""
    from isletbench.emulator.reports.words import units

    timeline = report.timeline
    (trouble,) = timeline.pumps[0].troubles
    alarm = next((one for one in timeline.alarms if one.at >= trouble.began), None)
    told = "nobody was told" if alarm is None else f"the pump alarmed {(alarm.at - trouble.began) // 60_000} min later"
    missing = units(timeline.undelivered)
    return f"The infusion set was blocked at {timeline.when(trouble.began):%H:%M}; {told}; {missing} of insulin never arrived."
