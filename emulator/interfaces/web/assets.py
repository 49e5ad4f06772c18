"""The files that a browser loads for the page. Colours and the chart library are those of reports."""

from dataclasses import dataclass
from importlib.resources import files

from isletbench.emulator.reports.charts.theme import DARK, LIGHT, variables
from isletbench.emulator.reports.page import assets as of_reports

ROOM = "isletbench.emulator.interfaces.web"
INDEX = "index.html"
MADE = ("theme.css", "uPlot.js")
"""The colours of charts, in light and dark; uPlot, as vendored for reports, with its licence."""
KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the page."""

    content: bytes
    media_type: str


def file(name: str) -> Asset | None:
    """A file by its name; None for one that there is not."""
    return _file(name) if name in names() else None


def names() -> frozenset[str]:
    """The names of all files."""
    there = (files(ROOM) / "assets").iterdir()
    return frozenset({*MADE, *(entry.name for entry in there if _kind(entry.name))})


def _file(name: str) -> Asset:
    match name:
        case "theme.css":
            content = theme()
        case "uPlot.js":
            content = of_reports.library()
        case _:
            content = (files(ROOM) / "assets" / name).read_text(encoding="utf-8")
    return Asset(content.encode(), f"{_kind(name)}; charset=utf-8")


def _kind(name: str) -> str | None:
    return KINDS.get(name[name.rfind(".") :])


def theme() -> str:
    """The colours as variables, in light and dark: as the system is set, unless the page says otherwise (``data-theme``)."""
    light, dark = f"{variables(LIGHT)}{variables(LIGHT_ONLY)}", f"{variables(DARK)}{variables(DARK_ONLY)}"
    return (
        f":root{{color-scheme:light;{light}}}\n"
        f"@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{color-scheme:dark;{dark}}}}}\n"
        f":root[data-theme=dark]{{color-scheme:dark;{dark}}}\n"
        f"{of_reports.library_style()}"
    )


LIGHT_ONLY = {
    "good-ink": "#1d6b38",
    "good-back": "#e2f4e8",
    "warn-ink": "#7a4a00",
    "warn-back": "#fdf0d5",
    "bad-ink": "#a3241b",
    "bad-back": "#fce8e6",
    "info-ink": "#1a4f9c",
    "info-back": "#e6effc",
    "plain-back": "#eef1f4",
    "button-ink": "#ffffff",
    "mark-back": "#ffe08a",
}
DARK_ONLY = {
    "good-ink": "#86dba4",
    "good-back": "#173524",
    "warn-ink": "#f4c877",
    "warn-back": "#3a2c10",
    "bad-ink": "#ffa9a1",
    "bad-back": "#43201d",
    "info-ink": "#a9ccff",
    "info-back": "#1a2f4c",
    "plain-back": "#222c37",
    "button-ink": "#0d1622",
    "mark-back": "#5c4a12",
}
"""Colours that reports do not need: text in labels, and what is behind it."""
