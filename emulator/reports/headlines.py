"""The few numbers that somebody asks for first."""

from dataclasses import dataclass

from isletbench.emulator.metrics.glucose import Range
from isletbench.emulator.reports.figures import Figures
from isletbench.emulator.reports.timeline import Timeline
from isletbench.emulator.reports.words import units
from isletbench.emulator.scenarios.judge import Verdict


@dataclass(frozen=True, slots=True)
class Headline:
    """A number, what it is, and something to compare it with."""

    value: str
    name: str
    note: str
    look: str = ""
    """``good``, ``fair``, ``bad``, or nothing."""


def headlines_of(timeline: Timeline, figures: Figures, verdict: Verdict | None = None) -> list[Headline]:
    """What to say first about a run."""
    found = [] if verdict is None else [_verdict(verdict)]
    if figures.truth is not None:
        summary = figures.truth.summary
        below, very_low = summary.below, summary.ranges[Range.VERY_LOW]
        good = "good" if summary.in_range > 70 else "bad" if summary.in_range < 50 else "fair"
        found += [
            Headline(f"{summary.in_range:.0f} %", "time in range", "70 to 180 mg/dL; goal over 70 %", good),
            Headline(
                f"{below:.1f} %",
                "time below 70",
                f"goal under 4 %; below 54: {very_low:.1f} %",
                "bad" if very_low >= 1 or below >= 4 else "good",
            ),
            Headline(f"{summary.mean:.0f}", "mean, mg/dL", f"GMI {summary.gmi:.1f} %, CV {summary.cv:.0f} %"),
        ]
    for sensor in figures.sensors[:1]:
        received = f"{sensor.sufficiency.received:.0f} % of readings received"
        if sensor.accuracy is not None:
            found.append(Headline(f"{sensor.accuracy.mard:.1f} %", "MARD of the sensor", received))
    if timeline.pumps:
        missing = timeline.undelivered
        pushed = sum(pump.pushed(cause) for pump in timeline.pumps for cause in ("basal", "bolus"))
        note = f"{units(missing)} did not arrive" if missing else "all of it arrived"
        found.append(Headline(f"{pushed / 1_000_000:.1f} U", "insulin pushed", note, "bad" if missing else ""))
    return found


def _verdict(verdict: Verdict) -> Headline:
    count = len(verdict.findings)
    note = f"{count} {'finding' if count == 1 else 'findings'}" if count else verdict.scenario
    return Headline(verdict.outcome.value, "verdict", note, "good" if verdict.passed else "bad")
