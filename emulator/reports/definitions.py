"""What each number of a report means, and who says so: ``definitions.toml``."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class Definition(NamedTuple):
    """A number of the report."""

    name: str
    meaning: str
    source: str


@cache
def definitions() -> tuple[Definition, ...]:
    """Every definition, in the order of the page."""
    text = (files("isletbench.emulator.reports") / "definitions.toml").read_text(encoding="utf-8")
    found = tomllib.loads(text)["definition"]
    return tuple(Definition(one["name"], " ".join(one["meaning"].split()), one["source"]) for one in found)
