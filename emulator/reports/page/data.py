"""What the page's script draws: the series and lanes of a run as JSON, times in seconds since the bench began."""

import json
from typing import Any

from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.journal.beliefs import Decision
from isletbench.emulator.metrics.episodes import LARGEST_GAP, Reading
from isletbench.emulator.reports.charts.lanes import Lane
from isletbench.emulator.reports.charts.timeline_chart import highest_shown, sticks_of
from isletbench.emulator.reports.timeline import Timeline
from isletbench.emulator.reports.tracks.glucose import SensorTrack
from isletbench.emulator.reports.tracks.insulin import PumpTrack
from isletbench.emulator.reports.words import decision_words


def script_data(timeline: Timeline, lanes: list[Lane]) -> str:
    """The data as text that may stand in a page."""
    data = {
        "start": round((timeline.start - timeline.start.min).total_seconds() - _UNIX_EPOCH),
        "began": _seconds(timeline.began),
        "ended": _seconds(max(timeline.ended, timeline.began + 60_000)),
        "highest": highest_shown(timeline),
        "truth": _readings(timeline.truth),
        "meals": [[_seconds(meal.at), meal.words] for meal in timeline.meals],
        "sticks": [[_seconds(at), mg_dl, words] for at, mg_dl, words in sticks_of(timeline)],
        "sensors": [_sensor(track) for track in timeline.sensors],
        "then": _then(timeline),
        "decisions": [[_seconds(one.at), decision_words(one.belief)] for one in timeline.conversation.reported(Decision)],
        "pumps": [_pump(track) for track in timeline.pumps],
        "lanes": [_lane(lane) for lane in lanes],
    }
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")


_UNIX_EPOCH = 62_135_596_800
"""Seconds from the first instant that a date can name to 1970."""


def _seconds(at: Instant) -> int:
    return round(at / 1_000)


def _then(timeline: Timeline) -> dict[str, Any]:
    """The insulin of a recording that is replayed."""
    patient = timeline.patient
    return {
        "basal": []
        if patient is None
        else [[_seconds(at), None if rate is None else rate / 1_000_000] for at, rate in patient.recorded_basal],
        "boluses": [] if patient is None else [[_seconds(at), uu / 1_000_000] for at, uu in patient.recorded_boluses],
    }


def _sensor(track: SensorTrack) -> dict[str, Any]:
    return {"name": track.device, "shown": _readings(track.shown)}


def _readings(readings: list[Reading]) -> list[list[float | None]]:
    """Times and values, with an empty value in every gap."""
    times: list[float | None] = []
    values: list[float | None] = []
    before: Instant | None = None
    for reading in readings:
        if before is not None and reading.at - before > LARGEST_GAP:
            times.append(_seconds(before) + 1)
            values.append(None)
        times.append(_seconds(reading.at))
        values.append(round(reading.mg_dl, 1))
        before = reading.at
    return [times, values]


def _pump(track: PumpTrack) -> dict[str, Any]:
    return {
        "name": track.device,
        "basal": [[_seconds(at), rate / 1_000_000] for at, rate in track.basal],
        "temps": [[_seconds(one.began), _seconds(one.ended), one.words] for one in track.temp_basals],
        "boluses": [
            [_seconds(one.began), one.requested / 1_000_000, one.delivered / 1_000_000, one.kind.lower()]
            for one in track.boluses
        ],
        "undelivered": [[_seconds(one.at), one.uu / 1_000_000, one.why] for one in track.undelivered],
        "suspended": [[_seconds(began), _seconds(ended)] for began, ended in track.suspended],
    }


def _lane(lane: Lane) -> dict[str, Any]:
    return {
        "label": lane.label,
        "bars": [[_seconds(bar.began), _seconds(bar.ended), bar.look, bar.words] for bar in lane.bars],
        "dots": [[_seconds(dot.at), dot.look, dot.words] for dot in lane.dots],
    }
