"""The rows of the conformance checklists: what is required of a device, and where that is written.

They are the test plan of an audit and the rows of docs/conformance-NAME.md alike, and stand in ``plans/NAME.toml`` alone.
"""

import tomllib
from functools import cache
from importlib import resources

from isletbench.emulator.core.values import dataclass

NAMES = ("cgms", "gls", "ids")
"""The checklists, by the profile that they are of."""


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement."""

    id: str
    level: str
    """M mandatory, C conditional, R recommended, O optional, D decided where the specification is silent."""
    check: str
    """What is required, in one sentence."""
    source: str
    """The clause that requires it."""
    because: str = ""
    """Why no test of ours proves it, where none does."""
    lacks: str = ""
    """What the tests of ours leave out."""
    outside: str = ""
    """Why it cannot be examined on the wire of a device, where it cannot."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One checklist."""

    name: str
    title: str
    introduction: str
    rows: tuple[Row, ...]


@cache
def plan_of(name: str) -> Plan:
    """The checklist of a profile, one of ``NAMES``."""
    text = (resources.files(__package__) / "plans" / f"{name}.toml").read_text("utf-8")
    plain = tomllib.loads(text)
    return Plan(name, plain["title"], plain["introduction"], tuple(Row(**row) for row in plain["row"]))
