"""Closed-loop days in numbers: ``docs/closed-loop.md``, its tables made by playing them.

python -m tests.loops.table                    # all of it, on as many cores as there are; oref0 must be installed
python -m tests.loops.table --cohort thirty    # the same of the persons of simglucose
python -m tests.loops.table --algorithms hybrid --subjects 6    # a look, printed and not written
python -m tests.loops.table --only "uva_padova sample#11"       # its rows played again, and every row put in its place

Each day goes over real octets: the controller as client, CGM and pump behind a serial link each, jump pace. A day of a subject
depends on nothing else, so the tables are the same on every machine.
"""

import argparse
import os
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from typing import Any, TypeVar

from isletbench.emulator.faults import Fault
from isletbench.emulator.faults.families.actions import Do
from isletbench.emulator.journal.beliefs import Alert
from isletbench.emulator.journal.entries import BeliefEntry
from isletbench.emulator.metrics.glucose import Range, summary_of
from isletbench.emulator.patient.subjects import subject_of
from isletbench.emulator.rigs.rig import Rig, load_rig, validated
from isletbench.hil_rigs.clients import closed_loop
from isletbench.hil_rigs.clients.algorithms import oref0, pyloopkit
from isletbench.hil_rigs.clients.algorithms.hybrid import Hybrid
from tests.harness.conformance import ROOT
from tests.loops.people import Person, glucose, person_of

PAGE = ROOT / "docs" / "closed-loop.md"
HOURS = 26.0
SETTLING_H = 2.0
"""The first hours belong to warm-up and start glucose; the day is what follows."""
START_MG_DL = 120.0
MEALS = (("07:30:00", 45), ("12:30:00", 70), ("18:30:00", 80))
OCCLUDED_FROM_H, OCCLUDED_H = 2.0, 4.0
COHORTS = {
    "sampled": [("hovorka", f"sample#{number}") for number in range(1, 16)]
    + [("uva_padova", f"sample#{number}") for number in range(1, 16)],
    "thirty": [("uva_padova", f"{age}#{number:03}") for age in ("adolescent", "adult", "child") for number in range(1, 11)],
}
"""Thirty persons of the documented samplers, half of each model; and the thirty of simglucose, where that is installed."""
INSTALLED: dict[str, Callable[[], bool]] = {"oref0": oref0.is_installed, "pyloopkit": pyloopkit.is_installed}


@dataclass(frozen=True, slots=True)
class Subject:
    """One person of a cohort."""

    model: str
    name: str
    seed: int
    """Of the sensor's errors."""

    @property
    def shown(self) -> str:
        """Its name in a table."""
        return f"{self.model} {self.name}"

    @property
    def person(self) -> Person:
        """What it needs."""
        return person_of(subject_of(self.model, self.name))


def rig_of(subject: Subject, person: Person, *, meals: bool) -> Rig:
    """The rig ``closed_loop`` with this subject on it, its basal rate in the pump, and a sensor that is never lost, from ten in
    the evening on."""
    plain: dict[str, Any] = load_rig("closed_loop").model_dump(mode="python", by_alias=True, exclude_unset=True)
    plain["start"] = datetime(2026, 1, 1, 22, 0)  # noqa: DTZ001  # a bench's date has no zone
    plain["patient"] |= {"model": subject.model, "subject": subject.name, "start_glucose": START_MG_DL}
    plain["patient"]["meals"] = [{"at": at, "grams": grams} for at, grams in MEALS] if meals else []
    plain["devices"]["cgm"] |= {"profile": "generic", "tuning": {"error_model": "flat"}}
    plain["devices"]["pump"]["basal"] = [{"at": "00:00:00", "rate": str(person.basal)}]
    return validated(plain, subject.name)


# A day


@dataclass(frozen=True, slots=True)
class DayOfOne:
    """What a day of one subject came to."""

    subject: str
    algorithm: str
    in_range: float
    tight: float
    below: float
    below_54: float
    above: float
    mean: float
    cv: float
    basal: float
    bolus: float
    alerts: int
    """How often the user was told that insulin seems not to arrive."""
    cpu_s: float

    @property
    def group(self) -> str:
        """What its subject is one of."""
        return self.subject.split("#")[0]


def day(task: tuple[Subject, str]) -> DayOfOne:
    """A day with three meals."""
    subject, algorithm = task
    began = time.process_time()
    person = subject.person
    played = closed_loop.play(
        rig_of(subject, person, meals=True),
        closed_loop.algorithm_of(algorithm),
        person.settings,
        hours=HOURS,
        seed=subject.seed,
    )
    found = summary_of([mg_dl for at, mg_dl in played.glucose if at >= SETTLING_H * 3_600_000])
    told = [entry.belief for entry in played.journal if isinstance(entry, BeliefEntry) and isinstance(entry.belief, Alert)]
    insulin = played.insulin
    return DayOfOne(
        subject.shown,
        algorithm,
        found.in_range,
        found.tight,
        found.below,
        found.ranges[Range.VERY_LOW],
        found.above,
        found.mean,
        found.cv,
        insulin["basal"],
        insulin["bolus"],
        sum(alert.active and alert.about == "no_delivery" for alert in told),
        time.process_time() - began,
    )


# An occlusion


@dataclass(frozen=True, slots=True)
class Occluded:
    """What four hours of a silent occlusion did to one subject, beside the same night without."""

    subject: str
    expected: float
    """What the model says that glucose rises without any insulin for so long, mg/dL."""
    rise: float
    """By how much glucose was higher at the end of the occlusion than in the same night without, mg/dL."""
    noticed_min: float | None
    """Minutes from the occlusion until the careful client told its user; None where it did not by the end of it."""


def occluded(subject: Subject) -> Occluded:
    """A night without meals, with and without a silent occlusion."""
    person = subject.person
    rig = rig_of(subject, person, meals=False)
    lasts = OCCLUDED_FROM_H + OCCLUDED_H + 0.1

    def night(*faults: Fault) -> closed_loop.Day:
        return closed_loop.play(rig, Hybrid(), person.settings, hours=lasts, seed=subject.seed, faults=faults)

    end = round((OCCLUDED_FROM_H + OCCLUDED_H) * 3_600_000)
    without, careful = night(), night(done("occlude", OCCLUDED_FROM_H, leak=10))
    bare, blocked = (dict(one.glucose)[end] for one in (without, careful))
    told = alarms(careful)
    began = OCCLUDED_FROM_H * 60
    return Occluded(
        subject.shown,
        without_insulin(subject),
        blocked - bare,
        min((at - began for at in told if at > began), default=None),
    )


def done(action: str, at_h: float, **arguments: Any) -> Fault:
    """Something that befalls the pump."""
    plain = {"device": "pump", "action": action, "arguments": arguments, "at": f"{at_h:g}h", "name": action}
    return Do.model_validate(plain)


def alarms(played: closed_loop.Day) -> list[float]:
    """When the user was told that insulin seems not to arrive, minutes since the start."""
    beliefs = ((entry.at, entry.belief) for entry in played.journal if isinstance(entry, BeliefEntry))
    return [at / 60_000 for at, one in beliefs if isinstance(one, Alert) and one.active and one.about == "no_delivery"]


def without_insulin(subject: Subject) -> float:
    """The rise of glucose in so long without any insulin, from rest at the rig's start glucose, by the model alone."""
    model = subject_of(subject.model, subject.name)
    state, _ = model.at_rest(START_MG_DL)
    return glucose(model, state, 0.0, round(OCCLUDED_H * 60))[-1] - START_MG_DL


# The page

COLUMNS: Sequence[tuple[str, Callable[[DayOfOne], float], int]] = (
    ("70-180, %", lambda one: one.in_range, 1),
    ("70-140, %", lambda one: one.tight, 1),
    ("< 70, %", lambda one: one.below, 1),
    ("< 54, %", lambda one: one.below_54, 1),
    ("> 180, %", lambda one: one.above, 1),
    ("mean, mg/dL", lambda one: one.mean, 0),
    ("CV, %", lambda one: one.cv, 1),
    ("basal, U", lambda one: one.basal, 1),
    ("bolus, U", lambda one: one.bolus, 1),
    ("false alerts", lambda one: one.alerts, 1),
)


def days_table(days: Sequence[DayOfOne]) -> str:
    """A row for each subject and algorithm."""
    return "\n".join([_head("subject"), *(_row(one.subject, one.algorithm, [one]) for one in days)])


def means_table(days: Sequence[DayOfOne]) -> str:
    """The mean of each algorithm, over all subjects and over each group of them."""
    rows = []
    for group in [*dict.fromkeys(one.group for one in days), None]:
        for algorithm in dict.fromkeys(one.algorithm for one in days):
            mine = [one for one in days if one.algorithm == algorithm and group in {one.group, None}]
            rows.append(_row(f"{group or 'all'} ({len(mine)})", algorithm, mine))
    return "\n".join([_head("mean of"), *rows])


def _head(first: str) -> str:
    names = " | ".join(name for name, _, _ in COLUMNS)
    return f"| {first} | algorithm | {names} |\n|---|---|{'--:|' * len(COLUMNS)}"


def _row(subject: str, algorithm: str, days: Sequence[DayOfOne]) -> str:
    cells = [f"{statistics.fmean(value(one) for one in days):.{digits}f}" for _, value, digits in COLUMNS]
    return f"| {subject} | {algorithm} | " + " | ".join(cells) + " |"


def occlusion_table(nights: Sequence[Occluded]) -> str:
    """A row for each subject."""
    head = "| subject | rise without insulin, mg/dL | rise in the loop, mg/dL | noticed after, min |\n"
    rows = []
    for one in nights:
        noticed = "not" if one.noticed_min is None else f"{one.noticed_min:.0f}"
        rows.append(f"| {one.subject} | {one.expected:.0f} | {one.rise:.0f} | {noticed} |")
    statistic: Mapping[str, Callable[[list[float]], float]] = {"least": min, "mean": statistics.fmean, "largest": max}
    for name, of in statistic.items():
        expected, rise = of([one.expected for one in nights]), of([one.rise for one in nights])
        rows.append(f"| **{name}** | {expected:.0f} | {rise:.0f} | |")
    return head + "|---|--:|--:|--:|\n" + "\n".join(rows)


def written(name: str, table: str) -> None:
    """Put a table into the page, between its marks."""
    text = PAGE.read_text(encoding="utf-8")
    marks = re.compile(rf"(<!-- table {name} -->\n).*?(<!-- end -->)", re.DOTALL)
    assert marks.search(text), f"{PAGE.name} has no place for the table {name}"
    PAGE.write_text(marks.sub(lambda found: f"{found[1]}{table}\n{found[2]}", text), encoding="utf-8")


def table_of(name: str) -> str:
    """A table of the page."""
    found = re.search(rf"<!-- table {name} -->\n(.*?)\n<!-- end -->", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found, f"{PAGE.name} has no table {name}"
    return found[1]


def put_in_order(before: str, again: str, subjects: Sequence[str]) -> str:
    """A table of days of which some were played again: its rows by algorithm, then as the cohort has its subjects.

    Raises ``ValueError`` for a row that has changed: the means, which are of all rows, would not belong to it.
    """
    head, rows = before.splitlines()[:2], before.splitlines()[2:]
    changed = set(again.splitlines()) - {*head, *rows}
    if changed:
        raise ValueError(f"{min(changed)}: not as in {PAGE.name}: expected the same, or all subjects played")
    of = {row: (row.split(" | ")[1], subjects.index(row.split(" | ")[0].removeprefix("| "))) for row in rows}
    algorithms = list(dict.fromkeys(algorithm for algorithm, _ in of.values()))
    return "\n".join([*head, *sorted(rows, key=lambda row: (algorithms.index(of[row][0]), of[row][1]))])


def main(arguments: Sequence[str]) -> None:
    """Play, print and write."""
    parser = argparse.ArgumentParser(description="Closed-loop days in numbers.")
    parser.add_argument("--cohort", choices=COHORTS, default="sampled")
    parser.add_argument("--algorithms", nargs="+", default=["hybrid", "oref0"])
    parser.add_argument("--subjects", type=int, help="only so many; then nothing is written")
    parser.add_argument("--only", metavar="SUBJECT", help="play the days of one again, and put the table of days in order")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    chosen = parser.parse_args(arguments)
    missing = [name for name in chosen.algorithms if not INSTALLED.get(name, lambda: True)()]
    if missing:
        sys.exit(f"not installed: {', '.join(missing)}; {oref0.INSTALL}, and name the directory in ISLETBENCH_OREF0")
    named = COHORTS[chosen.cohort]
    subjects = [Subject(model, name, seed) for seed, (model, name) in enumerate(named, 1)]
    names = [subject.shown for subject in subjects]
    if chosen.only:
        if chosen.only not in names:
            sys.exit(f"{chosen.only}: no subject of the cohort {chosen.cohort}; expected one of {', '.join(names)}")
        again = days_table([day((subjects[names.index(chosen.only)], algorithm)) for algorithm in chosen.algorithms])
        table = f"{chosen.cohort} days"
        written(table, put_in_order(table_of(table), again, names))
        return
    if chosen.subjects:
        subjects = subjects[:: max(1, len(subjects) // chosen.subjects)][: chosen.subjects]
    with ProcessPoolExecutor(chosen.workers, mp_context=get_context("spawn")) as pool:
        tasks = [(subject, algorithm) for algorithm in chosen.algorithms for subject in subjects]
        days = list(shown(pool.map(day, tasks)))
        nights = list(shown(pool.map(occluded, subjects)))
    tables = {"means": means_table(days), "days": days_table(days), "occlusion": occlusion_table(nights)}
    print(*tables.values(), sep="\n\n")
    if not chosen.subjects:
        for name, table in tables.items():
            written(f"{chosen.cohort} {name}", table)


T = TypeVar("T")


def shown(results: Iterable[T]) -> Iterator[T]:
    """The same, each printed when it is there."""
    for result in results:
        print(result, file=sys.stderr, flush=True)
        yield result


if __name__ == "__main__":
    main(sys.argv[1:])
