"""The files that become part of a page: its style, its script, and the chart library."""

from functools import cache
from importlib.resources import files

from isletbench.emulator.reports.charts.theme import DARK, LIGHT, page_rules, variables

ROOM = "isletbench.emulator.reports"


@cache
def style() -> str:
    """The colours in light and dark, the style of charts, of the page and of the chart library."""
    light, dark = variables(LIGHT), variables(DARK)
    themes = f":root{{{light}}}\n@media screen and (prefers-color-scheme: dark){{:root{{{dark}}}}}"
    return "\n".join((themes, page_rules(), library_style(), _read("page", "style.css").strip()))


@cache
def library_style() -> str:
    """The style of the chart library."""
    return _read("vendor", "uplot", "uPlot.min.css").strip()


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
