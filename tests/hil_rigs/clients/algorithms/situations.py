"""Situations for tests of dosing algorithms: readings every five minutes until noon."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from isletbench.hil_rigs.clients.algorithms.contract import GlucoseReading, Situation, Therapy

NOON = datetime(2030, 5, 1, 12, 0)  # noqa: DTZ001  # a pump's calendar has no zone
THERAPY = Therapy(basal=((0, 0.8), (360, 1.0)), sensitivity=((0, 45.0),), carb_ratio=((0, 10.0),))


def ago(minutes: float) -> datetime:
    """So many minutes before noon."""
    return NOON - timedelta(minutes=minutes)


def situation(values: Sequence[float], **other: Any) -> Situation:
    """The last readings, the newest of noon; ``other`` are further fields."""
    glucose = [GlucoseReading(ago(5 * age), value) for age, value in enumerate(reversed(values))]
    fields: dict[str, Any] = {
        "now": NOON,
        "glucose": glucose[::-1],
        "boluses": (),
        "basal": (),
        "meals": (),
        "therapy": THERAPY,
    }
    return Situation(**{**fields, **other})
