"""The Loop family: a decision as LoopAlgorithm's own JSON request, whichever engine is behind it.

The request is the ``AlgorithmInputFixture`` of LoopAlgorithm (tidepool-org and LoopKit, MIT): histories and timelines with
absolute dates. ``LoopAlgorithmRunner`` here hands it to the Swift program of that name, built from LoopAlgorithm with
``swift build -c release`` and named by ``ISLETBENCH_LOOP_ALGORITHM``; ``pyloopkit`` answers the same request in Python.
"""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from isletbench.hil_rigs.clients.algorithms.contract import (
    AlgorithmError,
    BasalDelivery,
    Decision,
    Schedule,
    Situation,
    TempBasal,
    blocks,
)

HISTORY_H, GLUCOSE_H = 16, 10
"""How much of the past LoopAlgorithm takes into account: doses, glucose and carbohydrate."""
AHEAD_H = 8
"""How far the timelines have to reach: the longest insulin action, rounded up."""
BOLUS_S = 1.5
"""How long a bolus takes for each 0.05 U; only its start and volume matter."""
RUNNER_TIMEOUT_S = 60.0


def stamp(moment: datetime) -> str:
    """A date and time in ISO 8601, as Swift's decoder wants it."""
    return f"{moment.isoformat(timespec='seconds')}Z"


def moment_of(text: str) -> datetime:
    """The other way round."""
    return datetime.fromisoformat(text.removesuffix("Z"))


def request(situation: Situation, recommendation: str = "automaticBolus") -> dict[str, Any]:
    """The request for one decision: ``automaticBolus`` or ``tempBasal``."""
    now, therapy = situation.now, situation.therapy
    earliest, latest = now - timedelta(hours=HISTORY_H), now + timedelta(hours=AHEAD_H)
    since = now - timedelta(hours=GLUCOSE_H)

    def timeline(schedule: Schedule, until: datetime = latest) -> list[dict[str, Any]]:
        parts = blocks(schedule, earliest - timedelta(hours=AHEAD_H), until)
        return [{"startDate": stamp(begin), "endDate": stamp(end), "value": value} for begin, end, value in parts]

    low, high = therapy.target
    return {
        "predictionStart": stamp(now),
        "glucoseHistory": [{"date": stamp(one.at), "value": one.mg_dl} for one in situation.glucose if one.at > since],
        "doses": _doses(situation, earliest),
        "carbEntries": [
            {"date": stamp(meal.at), "grams": meal.grams, "absorptionTime": meal.absorbed_in * 60}
            for meal in situation.meals
            if since < meal.at <= now
        ],
        "basal": timeline(therapy.basal),
        "sensitivity": timeline(therapy.sensitivity),
        "carbRatio": timeline(therapy.carb_ratio),
        "target": [{"startDate": stamp(earliest), "endDate": stamp(latest), "lowerBound": low, "upperBound": high}],
        "suspendThreshold": therapy.suspend_below,
        "maxBolus": therapy.max_bolus,
        "maxBasalRate": therapy.max_basal,
        "recommendationInsulinType": "novolog",
        "recommendationType": recommendation,
    }


def _doses(situation: Situation, earliest: datetime) -> list[dict[str, Any]]:
    """Boluses and basal deliveries since then, in the order of their starts; volumes in U."""
    found = [
        (bolus.at, bolus.at + timedelta(seconds=bolus.units / 0.05 * BOLUS_S), "bolus", bolus.units)
        for bolus in situation.boluses
        if bolus.at > earliest
    ]
    for one in situation.basal:
        kept = BasalDelivery(max(one.begin, earliest), one.end, one.rate)
        if kept.begin < kept.end:
            hours = (kept.end - kept.begin).total_seconds() / 3_600
            found.append((kept.begin, kept.end, "basal", round(kept.rate * hours, 6)))
    return [
        {"type": kind, "startDate": stamp(begin), "endDate": stamp(end), "volume": units}
        for begin, end, kind, units in sorted(found, key=lambda one: one[0])
    ]


def decision(answer: Mapping[str, Any]) -> Decision:
    """What LoopAlgorithm recommends: its ``automatic`` dose, wherever in the answer that stands. Raises ``AlgorithmError``."""
    automatic = _found(answer, "automatic")
    if not isinstance(automatic, Mapping):
        raise AlgorithmError(f"LoopAlgorithm recommends no automatic dose: {json.dumps(answer)[:200]}")
    temp, adjustment = None, automatic.get("basalAdjustment")
    if isinstance(adjustment, Mapping):
        temp = TempBasal(float(adjustment["unitsPerHour"]), round(adjustment["duration"] / 60))
    forecast = tuple(float(value) for one in _found(answer, "predictedGlucose") or () if (value := _mg_dl(one)) is not None)
    iob, cob = _found(answer, "activeInsulin"), _found(answer, "activeCarbs")
    return Decision(temp, float(automatic.get("bolusUnits") or 0.0), forecast, iob, cob, "LoopAlgorithm")


def _found(answer: Any, key: str) -> Any:
    """The first value under this key, in the answer or in anything inside it; None where there is none."""
    if not isinstance(answer, Mapping):
        return None
    if key in answer:
        return answer[key]
    return next((found for value in answer.values() if (found := _found(value, key)) is not None), None)


def _mg_dl(point: Any) -> Any:
    """The glucose of a point of the forecast: a number, or one under ``value`` or ``quantity``."""
    if not isinstance(point, Mapping):
        return point
    return point.get("value", point.get("quantity"))


def missing() -> str:
    """A sentence where there is no LoopAlgorithmRunner; empty where there is one."""
    program = os.environ.get("ISLETBENCH_LOOP_ALGORITHM", "")
    is_there = shutil.which(program) is not None
    return "" if is_there else "LoopAlgorithm: expected the path of LoopAlgorithmRunner in ISLETBENCH_LOOP_ALGORITHM"


class LoopAlgorithmRunner:
    """LoopAlgorithm's own program, started for each decision."""

    def decide(self, situation: Situation) -> Decision:
        """The decision on a new reading. Raises ``AlgorithmError``."""
        if absent := missing():
            raise AlgorithmError(absent)
        program = os.environ["ISLETBENCH_LOOP_ALGORITHM"]
        with tempfile.TemporaryDirectory(prefix="isletbench-") as place:
            path = Path(place) / "request.json"
            path.write_text(json.dumps(request(situation)), encoding="utf-8")
            try:
                ended = subprocess.run(  # noqa: S603  # the program that the user names
                    [program, str(path)], capture_output=True, text=True, timeout=RUNNER_TIMEOUT_S, check=False
                )
            except (OSError, subprocess.TimeoutExpired) as error:
                raise AlgorithmError(f"LoopAlgorithm: {program} does not answer: {error}") from None
        try:
            answer = json.loads(ended.stdout)
        except ValueError:
            raise AlgorithmError(f"LoopAlgorithm: {program} answers no JSON: {ended.stdout.strip()[:200]!r}") from None
        return decision(answer)

    def close(self) -> None:
        """Nothing is left running."""
