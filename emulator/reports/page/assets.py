"""The files that become part of a page: its style, its script, and the chart library."""

from functools import cache
from importlib.resources import files

ROOM = "isletbench.emulator.reports"


@cache
def style() -> str:
    """The style of the page and of the chart library."""
    return _read("vendor", "uplot", "uPlot.min.css").strip() + "\n" + _read("page", "style.css")


@cache
def library() -> str:
    """The chart library, with its licence."""
    licence = _read("vendor", "uplot", "LICENSE").strip().replace("*/", "")
    return f"/*\nuPlot\n{licence}\n*/\n{_read('vendor', 'uplot', 'uPlot.iife.min.js').strip()}"


@cache
def script() -> str:
    """The page's own script."""
    return _read("page", "report.js")


def _read(*place: str) -> str:
    found = files(ROOM)
    for step in place:
        found = found / step
    return found.read_text(encoding="utf-8")
