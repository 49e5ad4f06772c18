"""Which format a text has, by its content: the first family that recognises it reads it."""

from collections.abc import Callable
from functools import partial

from isletbench.emulator.patient.traces import exports, german, loop, research, services, tables
from isletbench.emulator.patient.traces.errors import TraceError
from isletbench.emulator.patient.traces.observations import Found

EXAMPLE = "time,glucose (mg/dL)\\n2026-03-03 22:05,140"
FAMILIES: tuple[Callable[[str], Found | None], ...] = (
    services.read,
    research.ohio,
    loop.read,
    exports.nightscout_lines,
    partial(tables.read, formats=(*exports.FORMATS, *german.FORMATS, *research.FORMATS, *research.PLAIN)),
)
"""From the most particular to the most general."""


def recognised(text: str) -> Found:
    """What a text says. Raises ``TraceError`` for one of no known format, and for one that is damaged."""
    for read in FAMILIES:
        found = read(text)
        if found is not None:
            return found
    raise TraceError(
        "expected an export of Dexcom Clarity, LibreView, CareLink, Nightscout, Tidepool, xDrip, AndroidAPS or Loop, OhioT1DM,"
        f" AZT1D, simglucose, or a table with the columns time and glucose, such as '{EXAMPLE}'"
    )
