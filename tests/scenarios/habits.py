"""Habits that apps are known for, each with the careless client that has it: a section of ``docs/scenario-matrix.md``."""

from collections.abc import Mapping, Sequence

from isletbench.emulator.core.models import summary
from isletbench.hil_rigs.clients.careless import CARELESS

HABITS: Mapping[str, str] = {
    "absolute for percent": "absolute_for_percent",
    "ten-fold amounts": "ten_fold",
    "mg/dL for mmol/L": "mmol_for_mg_dl",
    "minutes for hours": "minutes_for_hours",
    "yesterday's profile": "yesterdays_profile",
    "AM for PM": "am_for_pm",
    "optimistic progress": "optimistic_progress",
    "duplicates by time stamp": "duplicates_by_time_stamp",
    "first match by name": "first_of_that_name",
    "no CRC check": "checks_no_crc",
    "counter ignored": "ignores_counters",
    "retries without limit": "retries_for_ever",
    "cached features": "caches_features",
    "cached reservoir": "caches_reservoir",
    "wrong time zone sign": "wrong_zone_sign",
    "stale bond": "keeps_its_keys",
}
"""The careless client of each habit."""
HEADING = "## Habits by name"
ABOUT = "Each of these habits has a client of its own, which fails the scenarios that are listed with it; tests play it."


def section(failed: Mapping[str, Sequence[str]]) -> str:
    """The section, with the scenarios that each habit fails."""
    rows = ["| habit | client | what it does | fails |", "|---|---|---|---|"]
    for habit, client in HABITS.items():
        where = ", ".join(name for name in sorted(failed) if client in failed[name])
        rows.append(f"| {habit} | `{client}` | {summary(CARELESS[client])} | {where} |")
    return "\n".join([HEADING, "", ABOUT, "", *rows])
