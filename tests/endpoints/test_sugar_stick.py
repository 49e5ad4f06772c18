"""The made-up device of docs/personalities.md passes the published contract, and its page is its code."""

import re
from typing import ClassVar

from isletbench import PersonalityContract
from tests.harness.conformance import ROOT
from tests.harness.personalities.sugar_stick import SUGAR_STICK, checksum


def line(text: bytes) -> bytes:
    """A request or an answer with its frame."""
    return b"$" + text + b"*" + checksum(text) + b"\r"


class TestSugarStick(PersonalityContract):
    """In mg/dL."""

    personality = SUGAR_STICK
    device: ClassVar = {"glucose": {"mg_dl": 123}}
    exchanges = (
        (line(b"G"), line(b"G123")),
        (line(b"U"), line(b"Umg/dL")),
        (line(b"S20300102030405"), line(b"S")),
        (line(b"C"), lambda answer: answer.startswith(b"$C20300102030")),
        (line(b"S2030"), line(b"!3")),
        (line(b"X"), line(b"!2")),
        (b"$G*00\r", line(b"!1")),
    )


class TestSugarStickInMmol(PersonalityContract):
    """With a setting of the rig."""

    personality = SUGAR_STICK
    settings: ClassVar = {"mmol": True}
    device: ClassVar = {"glucose": {"mg_dl": 123}}
    exchanges = ((line(b"G"), line(b"G6.8")), (line(b"U"), line(b"Ummol/L")))


def test_the_page_shows_the_code_that_passes() -> None:
    page = (ROOT / "docs" / "personalities.md").read_text(encoding="utf-8")
    shown = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    code = (ROOT / "tests" / "harness" / "personalities" / "sugar_stick.py").read_text(encoding="utf-8")
    for block in shown[:-1]:
        assert block.strip() in code, "a block of the page is not in tests/harness/personalities/sugar_stick.py"
    assert len(shown) == 5
    here = (ROOT / "tests" / "endpoints" / "test_sugar_stick.py").read_text(encoding="utf-8")
    here = here.replace("from tests.harness.conformance import ROOT\n", "").replace("tests.harness.personalities", "my_package")
    assert shown[-1].strip() in here
