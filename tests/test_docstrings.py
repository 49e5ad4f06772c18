"""Every packet has a docstring, and so have most public definitions: their meaning, units, errors and source."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.harness.docstrings import Documented, public

ROOT = Path(__file__).parents[1]
LEAST = {"protocols": 90.0, "emulator": 90.0, "hil_rigs": 90.0}
"""Percent of the public definitions of each package."""


def definitions(package: str) -> list[Documented]:
    """Every public definition of a package."""
    found = sorted((ROOT / package).rglob("*.py"))
    return [each for path in found for each in public(path, ".".join(path.relative_to(ROOT).with_suffix("").parts))]


def share(found: Iterable[Documented]) -> float:
    """Percent of the definitions that have a docstring."""
    have = [each.has_docstring for each in found]
    return 100 * sum(have) / len(have)


def without(found: Iterable[Documented]) -> str:
    """The names of those that have none, one a line."""
    return "\n".join(each.name for each in found if not each.has_docstring)


@pytest.mark.parametrize("package", LEAST)
def test_public_definitions_have_docstrings(package: str) -> None:
    found = definitions(package)
    assert share(found) >= LEAST[package], without(found)


def test_every_packet_has_a_docstring() -> None:
    packets = [each for each in definitions("protocols") if each.is_packet]
    assert len(packets) > 150
    assert without(packets) == ""


SOURCE = '''
"""A module."""

class Seen:
    """A class."""

    def method(self): ...

    @property
    def size(self):
        """A property."""

    @size.setter
    def size(self, value): ...

    def _private(self): ...

@packet
class Layout: ...

def _private():
    def inner(): ...
'''


def test_what_is_public_is_counted_once(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(SOURCE, encoding="utf-8")
    found = list(public(path, "module"))
    assert [each.name for each in found] == ["module", "module.Seen", "module.Seen.method", "module.Seen.size", "module.Layout"]
    assert without(found) == "module.Seen.method\nmodule.Layout"
    assert [each.name for each in found if each.is_packet] == ["module.Layout"]
    assert share(found) == 60
