"""Colours and line styles of all charts. A page sets the colours as variables, so that it can be light or dark; a picture has
those of one theme in it."""

from collections.abc import Mapping

LIGHT: Mapping[str, str] = {
    "page": "#f6f7f9",
    "surface": "#ffffff",
    "ink": "#16202c",
    "muted": "#5b6877",
    "grid": "#e3e7ec",
    "edge": "#c5cdd6",
    "accent": "#1f5fbf",
    "band": "#e3f4e8",
    "truth": "#16202c",
    "sensor": "#2b7de0",
    "very-low": "#8f1d14",
    "low": "#d8453a",
    "target": "#3aa35b",
    "high": "#eab32c",
    "very-high": "#e07b22",
    "basal": "#5aa9c9",
    "temp": "#2c6f9c",
    "bolus": "#5145b8",
    "undelivered": "#cf2f6a",
    "carbs": "#a0661a",
    "stick": "#b3261e",
    "fault": "#c2453d",
    "alarm": "#d98e04",
    "link": "#58a277",
    "gone": "#cf5b52",
    "quiet": "#9aa6b3",
    "agp-outer": "#cfe0f7",
    "agp-inner": "#8fb8ec",
    "risk-a": "#d6efdc",
    "risk-b": "#f6f1c8",
    "risk-c": "#fbdcb0",
    "risk-d": "#f5b9ae",
    "risk-e": "#d9a3c4",
}
DARK: Mapping[str, str] = {
    "page": "#10151b",
    "surface": "#181f28",
    "ink": "#e6ebf1",
    "muted": "#9aa7b5",
    "grid": "#28323d",
    "edge": "#3d4a58",
    "accent": "#7fb2ff",
    "band": "#1c3427",
    "truth": "#eef2f6",
    "sensor": "#5ea5ff",
    "very-low": "#c9443a",
    "low": "#f0776d",
    "target": "#4fbd74",
    "high": "#f2c84b",
    "very-high": "#f0964a",
    "basal": "#4b8fae",
    "temp": "#8cc8e6",
    "bolus": "#a59cf5",
    "undelivered": "#ff6d9e",
    "carbs": "#dfa657",
    "stick": "#ff8a80",
    "fault": "#ef7a72",
    "alarm": "#f2b53c",
    "link": "#5fb482",
    "gone": "#f0857c",
    "quiet": "#64707d",
    "agp-outer": "#22405f",
    "agp-inner": "#35699f",
    "risk-a": "#1f3b29",
    "risk-b": "#413e1f",
    "risk-c": "#4c3718",
    "risk-d": "#53291f",
    "risk-e": "#472338",
}

RULES: Mapping[str, str] = {
    "text": "fill:{ink};font-family:system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;font-size:12px",
    ".muted": "fill:{muted}",
    ".small": "font-size:11px",
    ".strong": "font-weight:600",
    ".huge": "font-size:30px;font-weight:650",
    ".title": "font-size:20px;font-weight:650",
    ".end": "text-anchor:end",
    ".middle": "text-anchor:middle",
    ".surface": "fill:{surface}",
    ".frame": "fill:none;stroke:{edge};stroke-width:1",
    ".grid": "stroke:{grid};stroke-width:1;fill:none",
    ".midnight": "stroke:{edge};stroke-width:1;fill:none",
    ".band": "fill:{band}",
    ".limit": "stroke:{target};stroke-width:1;fill:none;stroke-opacity:.7",
    ".limit-low": "stroke:{low};stroke-width:1;fill:none;stroke-dasharray:3 3;stroke-opacity:.8",
    ".limit-high": "stroke:{very-high};stroke-width:1;fill:none;stroke-dasharray:3 3;stroke-opacity:.8",
    ".truth": "fill:none;stroke:{truth};stroke-width:1.6;stroke-linejoin:round",
    ".sensor": "fill:none;stroke:{sensor};stroke-width:1.6;stroke-linejoin:round;stroke-linecap:round",
    ".second": "fill:none;stroke:{carbs};stroke-width:1.4;stroke-linejoin:round;stroke-linecap:round",
    ".dot": "fill:{sensor};fill-opacity:.5",
    ".basal": "fill:{basal};fill-opacity:.55;stroke:{basal};stroke-width:1",
    ".temp": "fill:{temp}",
    ".bolus": "fill:{bolus}",
    ".asked": "fill:none;stroke:{undelivered};stroke-width:1.2;stroke-dasharray:3 2",
    ".undelivered": "fill:{undelivered}",
    ".then": "fill:none;stroke:{muted};stroke-width:1.2;stroke-dasharray:4 2",
    ".suspended": "fill:{gone};fill-opacity:.16",
    ".carbs": "fill:{carbs}",
    ".stick": "fill:{stick};stroke:{surface};stroke-width:1",
    ".fault": "fill:{fault}",
    ".alarm": "fill:{alarm}",
    ".link": "fill:{link}",
    ".gone": "fill:{gone}",
    ".quiet": "fill:{quiet}",
    ".strike": "stroke:{ink};stroke-width:1",
    ".agp-outer": "fill:{agp-outer}",
    ".agp-inner": "fill:{agp-inner}",
    ".agp-edge": "fill:none;stroke:{agp-inner};stroke-width:1;stroke-dasharray:4 3",
    ".median": "fill:none;stroke:{accent};stroke-width:2.4;stroke-linejoin:round",
    ".very-low": "fill:{very-low}",
    ".low": "fill:{low}",
    ".target": "fill:{target}",
    ".high": "fill:{high}",
    ".very-high": "fill:{very-high}",
    ".risk-a": "fill:{risk-a}",
    ".risk-b": "fill:{risk-b}",
    ".risk-c": "fill:{risk-c}",
    ".risk-d": "fill:{risk-d}",
    ".risk-e": "fill:{risk-e}",
}
"""What a class of an SVG element looks like, with the names of colours in braces."""


def variables(theme: Mapping[str, str]) -> str:
    """The colours of a theme as CSS variables."""
    return "".join(f"--{name}:{colour};" for name, colour in theme.items())


def page_rules() -> str:
    """The rules for charts in a page, whose colours are variables there."""
    return _rules({name: f"var(--{name})" for name in LIGHT}, "svg ")


def picture_rules(theme: Mapping[str, str]) -> str:
    """The rules for a picture that stands alone."""
    return _rules(theme, "")


def _rules(colours: Mapping[str, str], prefix: str) -> str:
    lines = []
    for selector, style in RULES.items():
        for name, colour in colours.items():
            style = style.replace(f"{{{name}}}", colour)  # noqa: PLW2901
        lines.append(f"{prefix}{selector}{{{style}}}")
    return "\n".join(lines)
