"""The numbers of a report as plain data: what ``isletbench report --json`` prints. Every key names its unit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from isletbench.emulator.core.quantities import MS_PER_HOUR, Insulin
from isletbench.emulator.metrics.accuracy import Accuracy
from isletbench.emulator.metrics.episodes import EXTENDED, Episode, Level, Reading, episodes
from isletbench.emulator.metrics.glucose import GlucoseSummary, Range, summary_of
from isletbench.emulator.reports.timeline import Timeline
from isletbench.emulator.reports.tracks.glucose import SensorTrack, Sufficiency, sufficiency_of
from isletbench.emulator.reports.tracks.insulin import PumpTrack
from isletbench.emulator.scenarios.judge import Verdict


@dataclass(frozen=True, slots=True)
class SeriesFigures:
    """The numbers of one glucose series."""

    summary: GlucoseSummary
    episodes: dict[Level, list[Episode]]

    @property
    def extended(self) -> list[Episode]:
        """Low episodes of more than two hours."""
        return [one for one in self.episodes[Level.LOW] if one.is_extended]


@dataclass(frozen=True, slots=True)
class SensorFigures:
    """The numbers of one sensor."""

    track: SensorTrack
    series: SeriesFigures | None
    """Of what it showed; None where it never showed a number."""
    sufficiency: Sufficiency
    accuracy: Accuracy | None


@dataclass(frozen=True, slots=True)
class Figures:
    """All numbers of a run."""

    truth: SeriesFigures | None
    """None where nothing was measured."""
    sensors: list[SensorFigures]


def figures_of(timeline: Timeline) -> Figures:
    """The numbers of a run."""
    return Figures(
        truth=series_figures(timeline.truth),
        sensors=[
            SensorFigures(
                track=track,
                series=series_figures(track.shown),
                sufficiency=sufficiency_of(track, timeline.began, timeline.ended),
                accuracy=track.accuracy,
            )
            for track in timeline.sensors
        ],
    )


def series_figures(readings: Sequence[Reading]) -> SeriesFigures | None:
    """The numbers of a series; None where it is empty."""
    values = [reading.mg_dl for reading in readings if reading.mg_dl > 0]
    if not values:
        return None
    return SeriesFigures(summary_of(values), {level: episodes(readings, level) for level in Level})


# As plain data


def to_dict(timeline: Timeline, figures: Figures, verdict: Verdict | None = None) -> dict[str, Any]:
    """The numbers of a run as JSON-able data."""
    return {
        "journal": {
            "rig": timeline.header.rig,
            "seed": timeline.header.seed,
            "start": timeline.start.isoformat(),
            "hours": _rounded((timeline.ended - timeline.began) / 3_600_000),
            "devices": dict(timeline.header.devices),
        },
        "glucose": {
            "truth": None if figures.truth is None else _series(figures.truth),
            "sensors": {one.track.device: _sensor(one) for one in figures.sensors},
        },
        "carbohydrate_grams": _rounded(sum(meal.grams for meal in timeline.meals)),
        "undelivered_units": units_of(timeline.undelivered),
        "insulin": {track.device: _insulin(track, timeline) for track in timeline.pumps},
        "recorded_insulin": _recorded(timeline),
        "faults": [{"name": one.name, "fault": one.kind, "device": one.device} for one in timeline.faults],
        "alarms": len(timeline.alarms),
        "verdict": None if verdict is None else verdict.to_dict(),
    }


def _series(figures: SeriesFigures) -> dict[str, Any]:
    summary = figures.summary
    return {
        "readings": summary.count,
        "mean_mg_dl": _rounded(summary.mean),
        "median_mg_dl": _rounded(summary.median),
        "lowest_mg_dl": _rounded(summary.lowest),
        "highest_mg_dl": _rounded(summary.highest),
        "sd_mg_dl": _rounded(summary.sd),
        "cv_percent": _rounded(summary.cv),
        "gmi_percent": _rounded(summary.gmi),
        "time_in_range_percent": _rounded(summary.in_range),
        "time_in_tight_range_percent": _rounded(summary.tight),
        "time_below_70_percent": _rounded(summary.below),
        "time_below_54_percent": _rounded(summary.ranges[Range.VERY_LOW]),
        "time_above_180_percent": _rounded(summary.above),
        "time_above_250_percent": _rounded(summary.ranges[Range.VERY_HIGH]),
        "lbgi": _rounded(summary.lbgi),
        "hbgi": _rounded(summary.hbgi),
        "gri": _rounded(summary.gri),
        "episodes": {
            **{level.value: _episodes(found) for level, found in figures.episodes.items()},
            f"low_over_{EXTENDED // 60_000}_minutes": _episodes(figures.extended),
        },
    }


def _episodes(found: Sequence[Episode]) -> dict[str, Any]:
    return {
        "count": len(found),
        "minutes": _rounded(sum(one.lasted for one in found) / 60_000),
        "began_hours": [_rounded(one.began / 3_600_000) for one in found],
    }


def _sensor(figures: SensorFigures) -> dict[str, Any]:
    sufficiency = figures.sufficiency
    return {
        **({} if figures.series is None else _series(figures.series)),
        "sufficiency": {
            "possible_readings": sufficiency.possible,
            "shown_percent": _rounded(sufficiency.shown),
            "received_percent": _rounded(sufficiency.received),
            "days": _rounded(sufficiency.days),
            "is_enough": sufficiency.is_enough,
        },
        "accuracy": None if figures.accuracy is None else _accuracy(figures.accuracy),
    }


def _accuracy(accuracy: Accuracy) -> dict[str, Any]:
    return {
        "pairs": accuracy.count,
        "left_out": accuracy.left_out,
        "mard_percent": _rounded(accuracy.mard),
        "bias_mg_dl": _rounded(accuracy.bias),
        **{f"within_{limit}_percent": _rounded(percent) for limit, percent in accuracy.agreement.items()},
        "mean_risk": _rounded(accuracy.risk),
        "dts_zones_percent": {zone.value: _rounded(percent) for zone, percent in accuracy.dts.items()},
        "clarke_zones_percent": {zone.value: _rounded(percent) for zone, percent in accuracy.clarke.items()},
        "parkes_zones_percent": {zone.value: _rounded(percent) for zone, percent in accuracy.parkes.items()},
    }


def _recorded(timeline: Timeline) -> dict[str, Any] | None:
    """What a recording that is replayed has of insulin."""
    patient = timeline.patient
    if patient is None or not patient.has_recorded_insulin:
        return None
    basal, known = patient.recorded_basal_until(timeline.ended)
    return {
        "basal_units": units_of(basal),
        "basal_known_hours": _rounded(known / MS_PER_HOUR),
        "bolus_units": units_of(patient.recorded_bolus),
        "boluses": len(patient.recorded_boluses),
    }


def _insulin(track: PumpTrack, timeline: Timeline) -> dict[str, Any]:
    days = (timeline.ended - timeline.began) / 86_400_000
    basal, bolus = track.pushed("basal"), track.pushed("bolus")
    return {
        "basal_units": units_of(basal),
        "bolus_units": units_of(bolus),
        "priming_units": units_of(track.pushed("priming")),
        "total_units_per_day": _rounded((basal + bolus) / 1_000_000 / days) if days else None,
        "boluses": len(track.boluses),
        "suspended_minutes": _rounded(sum(end - begin for begin, end in track.suspended) / 60_000),
    }


def units_of(amount: Insulin) -> float:
    """Insulin in U, to a thousandth."""
    return round(amount / 1_000_000, 3)


def _rounded(value: float) -> float:
    """A number to four decimal places: more is noise."""
    return round(float(value), 4)
