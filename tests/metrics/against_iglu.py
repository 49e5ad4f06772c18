"""The recorded trace of the package, and what iglu_python makes of it, where that is installed."""

import csv
from datetime import datetime
from functools import cache
from importlib.resources import files

from isletbench.emulator.metrics.episodes import Reading

WANTED = "iglu_python is not installed: pip install iglu_python"


@cache
def rows() -> list[tuple[datetime, float]]:
    """Every row of the trace that has a glucose value: when, mg/dL."""
    text = (files("isletbench.hil_rigs") / "traces" / "azt1d_subject07.csv").read_text(encoding="utf-8-sig")
    found = csv.DictReader(text.splitlines())
    return [(datetime.fromisoformat(row["EventDateTime"]), float(row["CGM"])) for row in found if row["CGM"]]


def values() -> list[float]:
    """The glucose values of the trace."""
    return [mg_dl for _, mg_dl in rows()]


def on_a_grid(days: int) -> list[Reading]:
    """The first values of the trace, as if one had been measured every five minutes."""
    return [Reading(300_000 * number, mg_dl) for number, mg_dl in enumerate(values()[: days * 288])]
