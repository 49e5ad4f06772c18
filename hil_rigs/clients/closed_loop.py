"""Putting an algorithm in the loop: what it is given and answers, and a day of it on a bench in jump pace.

    from isletbench import closed_loop, load_rig

    day = closed_loop.play(load_rig("closed_loop"), MyAlgorithm(), closed_loop.settings("adult"))
    print(day.summary())

Every octet between client and devices is real; time is not. The client that carries out decisions is the careful controller.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import as_file, files

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.cgm.events import Sample
from isletbench.emulator.collectors.link_collector import LinkCollector
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.core.quantities import MS_PER_HOUR, UU_PER_UNIT, Instant
from isletbench.emulator.endpoints.patient.participant import PatientTable
from isletbench.emulator.faults import Fault
from isletbench.emulator.journal.beliefs import Decision as ToldDecision
from isletbench.emulator.journal.entries import BeliefEntry, Entry, LedgerEntry
from isletbench.emulator.journal.writer import recorded
from isletbench.emulator.metrics.glucose import GlucoseSummary, summary_of
from isletbench.emulator.patient.events import Glucose, RecordedGlucose
from isletbench.emulator.patient.intake import LEAST_SPAN, Intake
from isletbench.emulator.patient.traces.replay import open_recording
from isletbench.emulator.pump.events import Pulse
from isletbench.emulator.rigs.rig import Rig
from isletbench.hil_rigs.clients.algorithms import algorithm_of
from isletbench.hil_rigs.clients.algorithms.contract import (
    Algorithm,
    AlgorithmError,
    BasalDelivery,
    Bolus,
    Decision,
    GlucoseReading,
    Meal,
    Situation,
    TempBasal,
    Therapy,
    value_at,
)
from isletbench.hil_rigs.clients.algorithms.settings import Settings, load
from isletbench.hil_rigs.clients.controller.controller import Controller
from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.hil_rigs.clients.controller.parts import CAREFUL, Parts
from isletbench.hil_rigs.clients.controller.pump import Automation
from isletbench.hil_rigs.clients.controller.user_requests import UserRequest

__all__ = [
    "Algorithm",
    "AlgorithmError",
    "BasalDelivery",
    "Bolus",
    "Day",
    "Decision",
    "GlucoseReading",
    "Meal",
    "Settings",
    "Situation",
    "TempBasal",
    "Therapy",
    "algorithm_of",
    "play",
    "settings",
    "value_at",
]


DEVICES = ("cgm", "pump")
"""What a client needs to close the loop."""


def settings(person: str) -> Settings:
    """The settings of a person of the package: ``adult``. Raises ``SettingsError``."""
    with as_file(files("isletbench.hil_rigs") / "people" / f"{person}.toml") as path:
        return load(path)


@dataclass(frozen=True, slots=True)
class Day:
    """What has happened, as the journal has it."""

    journal: Sequence[Entry]

    @property
    def glucose(self) -> list[tuple[Instant, float]]:
        """True plasma glucose every five minutes, or that of the recording: ms since the start, and mg/dL."""
        events = ((entry.at, entry.event) for entry in self.journal if isinstance(entry, LedgerEntry))
        return [
            (at, event.plasma_mg_dl if isinstance(event, Glucose) else event.mg_dl)
            for at, event in events
            if isinstance(event, Glucose | RecordedGlucose)
        ]

    @property
    def decisions(self) -> list[tuple[Instant, ToldDecision]]:
        """What the client has told of its decisions, each with its instant, ms."""
        told = ((entry.at, entry.belief) for entry in self.journal if isinstance(entry, BeliefEntry))
        return [(at, belief) for at, belief in told if isinstance(belief, ToldDecision)]

    @property
    def insulin(self) -> Mapping[str, float]:
        """Insulin that has left the reservoir, U: ``basal`` and ``bolus``."""
        pulses = [entry.event for entry in self.journal if isinstance(entry, LedgerEntry) and isinstance(entry.event, Pulse)]
        return {cause: sum(one.uu for one in pulses if one.cause == cause) / UU_PER_UNIT for cause in ("basal", "bolus")}

    @property
    def readings(self) -> int:
        """How many readings the sensor has made."""
        return sum(isinstance(entry, LedgerEntry) and isinstance(entry.event, Sample) for entry in self.journal)

    def metrics(self) -> GlucoseSummary:
        """The standard metrics of true glucose: times in ranges in percent, mean, variation, risk."""
        return summary_of([mg_dl for _, mg_dl in self.glucose])

    def summary(self) -> str:
        """The figures that people ask for first, in one line."""
        found, insulin = self.metrics(), self.insulin
        return (
            f"{found.in_range:.1f} % in 70 to 180 mg/dL, {found.below:.1f} % below, {found.above:.1f} % above; "
            f"mean {found.mean:.0f} mg/dL; {insulin['basal']:.1f} U basal and {insulin['bolus']:.1f} U bolus insulin"
        )


def play(
    rig: Rig,
    algorithm: Algorithm,
    settings: Settings,
    *,
    hours: float = 24.0,
    seed: int | None = None,
    faults: Sequence[Fault] = (),
    parts: Parts = CAREFUL,
) -> Day:
    """Let an algorithm dose the patient of a rig for some hours. The user announces every meal of the rig when it begins. The
    same rig and seed give the same journal, if the algorithm always answers alike. The algorithm is closed at the end.

    Raises ``ValueError`` for a rig without a CGM or a pump on a serial port.
    """
    for name in DEVICES:
        if name not in rig.devices or rig.devices[name].serial is None:
            raise ValueError(f"rig {rig.name}: expected a device {name!r} with a serial port")
    entries: list[Entry] = []

    async def main() -> None:
        async with Bench(rig, ports=Ports.MEMORY, seed=rig.seed if seed is None else seed, journal=recorded(entries)) as bench:
            for fault in faults:
                bench.steering.inject(fault)
            lasts = round(hours * MS_PER_HOUR)
            collectors = {name: LinkCollector(bench.memory[name].connect) for name in DEVICES}
            controller = parts.of(Controller)(
                collectors,
                bench.believe,
                requests=announced(rig, bench, lasts),
                automation=Automation(algorithm, settings),
                parts=parts,
            )
            running = asyncio.ensure_future(controller.run())
            playing = asyncio.ensure_future(bench.run(lasts))
            await asyncio.wait((running, playing), return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                playing.cancel()
                running.result()
            running.cancel()
            await asyncio.gather(running, playing, return_exceptions=True)

    with closing(algorithm):
        run(main(), Pace(None))
    return Day(entries)


def announced(rig: Rig, bench: Bench, lasts: Instant) -> list[UserRequest]:
    """The meals of a rig, or of its recording, as its user announces them, by a clock that shows what it shows now when the
    bench begins."""
    planned = [] if rig.patient is None else _eaten(rig.patient, bench.start)
    day = round(timedelta(days=1) / timedelta(milliseconds=1))
    found = [
        UserRequest(now() + begins / 1_000, "meal", grams=one.mg / 1_000)
        for one in planned
        for begins in (range(one.begins, lasts, day) if one.daily else (one.begins,))
        if begins < lasts
    ]
    return sorted(found, key=lambda request: request.at)


def _eaten(patient: PatientTable, start: datetime) -> list[Intake]:
    """What a patient eats and drinks without being asked to."""
    if patient.recording is None:
        return [meal.planned(start) for meal in patient.meals]
    recording = open_recording(patient.recording)
    begin = 0 if patient.recording_start is None else recording.instant_of(patient.recording_start)
    return [
        Intake(meal.at - begin, LEAST_SPAN, round(meal.amount * 1_000)) for meal in recording.carbohydrates if meal.at >= begin
    ]
