"""Tidepool's PyLoopKit, Loop's algorithm of 2019 in Python, behind LoopAlgorithm's request; this module only translates.

``pip install opsb-pyloopkit``. PyLoopKit knows temp basals and a bolus that a user has to confirm, and no automatic bolus: so
the decision is a temp basal. Its schedules repeat daily, those of the request are timelines.
"""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from importlib.util import find_spec
from typing import Any

from isletbench.hil_rigs.clients.algorithms.contract import AlgorithmError, Decision, Situation, TempBasal
from isletbench.hil_rigs.clients.algorithms.loop_algorithm import moment_of, request

INSTALL = "pip install opsb-pyloopkit"
INSULIN_MIN = [360, 75]
"""Duration and peak of ``novolog`` in the request (LoopKit, rapid-acting adult)."""


def is_installed() -> bool:
    """Whether PyLoopKit is there."""
    return find_spec("pyloopkit") is not None


def missing() -> str:
    """A sentence where PyLoopKit is not there; empty where it is."""
    return "" if is_installed() else f"PyLoopKit is not installed: {INSTALL}"


def daily(timeline: Sequence[Mapping[str, Any]]) -> list[tuple[time, float]]:
    """The values of a timeline of more than a day by the time of day at which each begins, from midnight."""
    by_time = {moment_of(one["startDate"]).time(): float(one["value"]) for one in timeline[1:]}
    return sorted(by_time.items())


def spans(values: Sequence[tuple[time, float]]) -> list[int]:
    """How many minutes each value lasts."""
    starts = [begin.hour * 60 + begin.minute for begin, _ in values]
    return [end - begin for begin, end in zip(starts, [*starts[1:], 1440], strict=True)]


@dataclass(frozen=True, slots=True)
class Dose:
    """A dose in PyLoopKit's terms."""

    is_bolus: bool
    begin: datetime
    end: datetime
    value: float
    """U of a bolus, U/h of a temp basal."""
    net: float
    """U; of a temp basal what it was above the profile: PyLoopKit calls it delivered and takes it for net."""


def doses_of(asked: Mapping[str, Any]) -> list[Dose]:
    """Boluses, and basal deliveries cut where the profile changes."""
    found = []
    profile = [(moment_of(one["startDate"]), moment_of(one["endDate"]), one["value"]) for one in asked["basal"]]
    for one in asked["doses"]:
        begin, end, units = moment_of(one["startDate"]), moment_of(one["endDate"]), one["volume"]
        if one["type"] == "bolus":
            found.append(Dose(True, begin, end, units, units))
            continue
        rate = units / ((end - begin).total_seconds() / 3_600)
        for since, until, scheduled in profile:
            first, last = max(begin, since), min(end, until)
            if first < last:
                hours = (last - first).total_seconds() / 3_600
                found.append(Dose(False, first, last, rate, (rate - scheduled) * hours))
    return found


def inputs(asked: Mapping[str, Any], temp: TempBasal | None) -> dict[str, Any]:
    """PyLoopKit's one dictionary for LoopAlgorithm's request; ``temp`` is the temp basal that runs."""
    from pyloopkit.dose import DoseType  # noqa: PLC0415  # it need not be installed

    doses, (target,) = doses_of(asked), asked["target"]
    now = moment_of(asked["predictionStart"])
    basal, sensitivity, ratio = (daily(asked[name]) for name in ("basal", "sensitivity", "carbRatio"))
    midnight, last = time(0, 0), time(23, 59)
    return {
        "time_to_calculate_at": now,
        "glucose_dates": [moment_of(one["date"]) for one in asked["glucoseHistory"]],
        "glucose_values": [one["value"] for one in asked["glucoseHistory"]],
        "dose_types": [DoseType.bolus if one.is_bolus else DoseType.tempbasal for one in doses],
        "dose_start_times": [one.begin for one in doses],
        "dose_end_times": [one.end for one in doses],
        "dose_values": [one.value for one in doses],
        "dose_delivered_units": [one.net for one in doses],
        "carb_dates": [moment_of(one["date"]) for one in asked["carbEntries"]],
        "carb_values": [one["grams"] for one in asked["carbEntries"]],
        "carb_absorption_times": [one["absorptionTime"] / 60 for one in asked["carbEntries"]],
        "settings_dictionary": {
            "model": INSULIN_MIN,
            "momentum_data_interval": 15,
            "suspend_threshold": asked["suspendThreshold"],
            "dynamic_carb_absorption_enabled": True,
            "retrospective_correction_enabled": True,
            "retrospective_correction_integration_interval": 30,
            "recency_interval": 15,
            "retrospective_correction_grouping_interval": 30,
            "rate_rounder": 0.05,
            "insulin_delay": 10,
            "carb_delay": 10,
            "default_absorption_times": [120.0, 180.0, 240.0],
            "max_basal_rate": asked["maxBasalRate"],
            "max_bolus": asked["maxBolus"],
        },
        "sensitivity_ratio_start_times": [begin for begin, _ in sensitivity],
        "sensitivity_ratio_end_times": [*(begin for begin, _ in sensitivity[1:]), last],
        "sensitivity_ratio_values": [value for _, value in sensitivity],
        "carb_ratio_start_times": [begin for begin, _ in ratio],
        "carb_ratio_values": [value for _, value in ratio],
        "basal_rate_start_times": [begin for begin, _ in basal],
        "basal_rate_values": [value for _, value in basal],
        "basal_rate_minutes": spans(basal),
        "target_range_start_times": [midnight],
        "target_range_end_times": [last],
        "target_range_minimum_values": [target["lowerBound"]],
        "target_range_maximum_values": [target["upperBound"]],
        "last_temporary_basal": []
        if temp is None
        else [DoseType.tempbasal, now - timedelta(minutes=temp.ran), now + timedelta(minutes=temp.minutes), temp.rate],
    }


class PyLoopKit:
    """PyLoopKit in this process."""

    def decide(self, situation: Situation) -> Decision:
        """The decision on a new reading. Raises ``AlgorithmError``."""
        if absent := missing():
            raise AlgorithmError(absent)
        from pyloopkit.loop_data_manager import update  # noqa: PLC0415  # it need not be installed

        asked = inputs(request(situation, "tempBasal"), situation.temp)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            answer = update(asked)
        if not answer:
            raise AlgorithmError("PyLoopKit refuses the request: a setting, a reading or a dose is not possible")
        forecast = tuple(round(float(value), 1) for value in answer["predicted_glucose_values"])
        cob = answer.get("carbs_on_board")
        advised = answer["recommended_temp_basal"]
        temp = None if advised is None else TempBasal(float(advised[0]), int(advised[1]))
        return Decision(temp, 0.0, forecast, None, None if cob is None else float(cob), "PyLoopKit")

    def close(self) -> None:
        """Nothing was started."""
