"""Golden octets of Medtronic pumps."""

import tomllib
from pathlib import Path
from typing import Any

_ALL = tomllib.loads((Path(__file__).parents[2] / "vectors" / "medtronic.toml").read_text(encoding="utf-8"))
SERIAL = "208850"


def vectors(kind: str) -> list[Any]:
    """Those of a kind, each with its name, its octets and where they come from."""
    found: list[Any] = _ALL[kind]
    return found
