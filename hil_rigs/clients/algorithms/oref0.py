"""The OpenAPS algorithm oref0 as the community ships it, run as a program of its own; this module only translates.

``npm install oref0`` somewhere, Node.js 17 or newer on the path, and ``ISLETBENCH_OREF0`` naming the directory that then holds
``node_modules`` (the current one when unset), or one from which Node.js finds it: ``node_modules`` of a directory above, or
``NODE_PATH``. One Node process serves all decisions: a line of JSON in, a line out. It is always given the clock, so that it
decides the same at any time of day and in any pace.

What it is given is what it gets from a Medtronic pump: a profile, a pump history with the newest entry first, glucose with the
newest first, carbohydrate entries, and the temp basal that runs. Dates carry ``Z``: the pump's own time is the process's UTC.
"""

import json
import os
import shutil
import subprocess
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
    Therapy,
    blocks,
)

INSTALL = "npm install oref0"
RUNNER = Path(__file__).with_name("oref0_runner.js")
TOO_OLD = 17
LOOK = f"""
if (!globalThis.structuredClone) process.exit({TOO_OLD})
require('module').createRequire(process.argv[1]).resolve('oref0/package.json')
"""
"""Asks Node.js itself whether it is new enough, and whether it finds the package: by the same rule as the runner."""
EARLIEST_H = 24
"""How much of the past it is given."""
PREFERENCES: Mapping[str, Any] = {"enableSMB_always": True, "enableUAM": True, "curve": "rapid-acting", "bolus_increment": 0.05}
"""What differs from its defaults: automatic boluses are allowed, as in a hybrid loop, in steps of this pump's."""


def directory() -> Path:
    """Where oref0 is looked for."""
    return Path(os.environ.get("ISLETBENCH_OREF0", "."))


def missing() -> str:
    """What of Node.js and oref0 is not there, as a sentence; empty where nothing is missing; Node.js is asked."""
    node = shutil.which("node")
    if node is None:
        return "oref0: expected Node.js on the path"
    asked = [node, "-e", LOOK, str(directory().resolve() / "requests.js")]
    code = subprocess.run(asked, check=False, capture_output=True).returncode  # noqa: S603  # a program of ours
    if code == TOO_OLD:
        return f"oref0: expected Node.js 17 or newer on the path, {node} is older"
    if code:
        return f"oref0: expected it in {directory() / 'node_modules'}: {INSTALL}, and name the directory in ISLETBENCH_OREF0"
    return ""


def is_installed() -> bool:
    """Whether Node.js and oref0 are there."""
    return not missing()


# Into its words


def stamp(moment: datetime) -> str:
    """A date and time as oref0 reads them."""
    return f"{moment.isoformat(timespec='seconds')}Z"


def epoch_ms(moment: datetime) -> int:
    """The same as milliseconds since 1970."""
    return round((moment - datetime(1970, 1, 1)).total_seconds() * 1_000)  # noqa: DTZ001  # the pump's own time has no zone


def of_day(minute: int) -> str:
    """A time of day."""
    return f"{minute // 60:02d}:{minute % 60:02d}:00"


def profile(therapy: Therapy) -> dict[str, Any]:
    """The documents that oref0 makes its profile from: settings, schedules and preferences."""
    low, _ = therapy.target
    return {
        "settings": {"insulin_action_curve": therapy.duration / 60, "maxBasal": therapy.max_basal},
        "basals": [
            {"i": number, "start": of_day(minute), "minutes": minute, "rate": rate}
            for number, (minute, rate) in enumerate(therapy.basal)
        ],
        "isf": {"units": "mg/dL", "sensitivities": _entries(therapy.sensitivity, "sensitivity")},
        "carbratio": {"units": "grams", "schedule": _entries(therapy.carb_ratio, "ratio")},
        "targets": {
            "user_preferred_units": "mg/dL",
            "targets": [{"i": 0, "start": of_day(0), "offset": 0, "low": low, "high": low}],
        },
        "temptargets": [],
        "max_iob": therapy.max_iob,
        "useCustomPeakTime": True,
        "insulinPeakTime": therapy.peak,
        **PREFERENCES,
    }


def _entries(schedule: Schedule, name: str) -> list[dict[str, Any]]:
    return [
        {"i": number, "start": of_day(minute), "offset": minute, name: value} for number, (minute, value) in enumerate(schedule)
    ]


def pump_history(situation: Situation) -> list[dict[str, Any]]:
    """Boluses, and every time in which the pump did not deliver its profile as a temp basal; the newest first."""
    earliest = situation.now - timedelta(hours=EARLIEST_H)
    entries = [
        (bolus.at, [{"_type": "Bolus", "timestamp": stamp(bolus.at), "amount": bolus.units, "duration": 0}])
        for bolus in situation.boluses
        if bolus.at > earliest
    ]
    for begin, minutes, rate in _temp_basals(situation):
        if begin > earliest:
            at = stamp(begin)
            duration = {"_type": "TempBasalDuration", "timestamp": at, "duration (min)": minutes}
            entries.append((begin, [duration, {"_type": "TempBasal", "timestamp": at, "temp": "absolute", "rate": rate}]))
    return [entry for _, group in sorted(entries, key=lambda one: one[0], reverse=True) for entry in group]


def _temp_basals(situation: Situation) -> list[tuple[datetime, float, float]]:
    """Begin, minutes and rate of every temp basal; the one that runs has its programmed duration, as a pump records it."""
    running = situation.temp
    began = situation.now if running is None else situation.now - timedelta(minutes=running.ran)
    found = [
        (begin, (end - begin).total_seconds() / 60, delivery.rate)
        for delivery in _until(situation.basal, began)
        for begin, end, scheduled in blocks(situation.therapy.basal, delivery.begin, delivery.end)
        if delivery.rate != scheduled
    ]
    if running is not None:
        found.append((began, float(running.ran + running.minutes), running.rate))
    return found


def _until(deliveries: Any, end: datetime) -> list[BasalDelivery]:
    return [BasalDelivery(one.begin, min(one.end, end), one.rate) for one in deliveries if one.begin < end]


def request(situation: Situation) -> dict[str, Any]:
    """Everything that oref0 needs for one decision."""
    earliest = situation.now - timedelta(hours=EARLIEST_H)
    temp = situation.temp
    return {
        "clock": stamp(situation.now),
        "profile": profile(situation.therapy),
        "pumphistory": pump_history(situation),
        "glucose": [
            {"glucose": round(one.mg_dl), "date": epoch_ms(one.at), "dateString": stamp(one.at), "device": "isletbench"}
            for one in reversed(situation.glucose)
            if one.at > earliest
        ],
        "carbs": [
            {"carbs": meal.grams, "created_at": stamp(meal.at)}
            for meal in reversed(situation.meals)
            if earliest < meal.at <= situation.now
        ],
        "temp": {"temp": "absolute", "rate": temp.rate if temp else 0, "duration": temp.minutes if temp else 0},
        "microbolus": True,
    }


# And back


def decision(suggestion: Mapping[str, Any]) -> Decision:
    """What oref0 suggests. Raises ``AlgorithmError`` where it suggests nothing because of an error."""
    if error := suggestion.get("error"):
        raise AlgorithmError(f"oref0: {error}")
    temp = None
    if "rate" in suggestion and "duration" in suggestion:
        temp = TempBasal(float(suggestion["rate"]), int(suggestion["duration"]))
    curves = suggestion.get("predBGs", {})
    curve = next((curves[name] for name in ("COB", "UAM", "IOB", "ZT") if name in curves), ())
    return Decision(
        temp,
        float(suggestion.get("units", 0.0)),
        tuple(float(value) for value in curve),
        suggestion.get("IOB"),
        suggestion.get("COB"),
        str(suggestion.get("reason", "")).strip(),
    )


class Oref0:
    """oref0 in a Node process, which is started for the first decision."""

    def __init__(self) -> None:
        self._node: subprocess.Popen[str] | None = None

    def decide(self, situation: Situation) -> Decision:
        """The decision on a new reading. Raises ``AlgorithmError``."""
        node = self._started()
        assert node.stdin is not None
        assert node.stdout is not None
        try:
            print(json.dumps(request(situation)), file=node.stdin, flush=True)
            line = node.stdout.readline()
        except OSError as error:
            raise AlgorithmError(f"oref0: the Node process does not answer: {error}") from None
        if not line:
            self.close()
            raise AlgorithmError(f"oref0: the Node process has ended; is it installed in {directory()}? ({INSTALL})")
        return decision(json.loads(line))

    def _started(self) -> "subprocess.Popen[str]":
        if self._node is None:
            node = shutil.which("node")
            if node is None:
                raise AlgorithmError("oref0: expected Node.js on the path")
            self._node = subprocess.Popen(  # noqa: S603  # a program of ours
                [node, str(RUNNER), str(directory())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env={**os.environ, "TZ": "UTC"},
            )
        return self._node

    def close(self) -> None:
        """End the Node process."""
        node, self._node = self._node, None
        if node is not None:
            with node:
                node.kill()
