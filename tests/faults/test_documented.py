"""The page on faults tells every fault and every verb, and is what the declarations say.

``python -m tests.faults.test_documented`` writes its tables anew.
"""

import re
from pathlib import Path

import pytest

from emulator.arguments import summary
from emulator.bench import VERBS
from emulator.faults import FAULTS
from emulator.faults.declared import Fault, MessageFault

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"


def own_keys(cls: type[Fault]) -> str:
    """What it takes besides what all of its kind take."""
    common = {*Fault.model_fields, "fault"} | (set(MessageFault.model_fields) if issubclass(cls, MessageFault) else set())
    return ", ".join(f"`{key}`" for key in cls.model_fields if key not in common)


def tables() -> dict[str, str]:
    """Every table of the page by its name."""
    made = {"faults": "| fault | whose | what the client sees | takes besides |\n|---|---|---|---|\n"}
    for name, cls in FAULTS.items():
        made["faults"] += f"| `{name}` | {cls.where.value} | {cls.symptom()} | {own_keys(cls)} |\n"
    for kind, table in VERBS.items():
        made[kind] = "| verb | what it does | takes |\n|---|---|---|\n"
        for name, verb in table.by_name.items():
            made[kind] += f"| `{name}` | {summary(verb)} | {', '.join(f'`{key}`' for key in verb.model_fields)} |\n"
    return made


def with_tables(page: str) -> str:
    """The page with its tables as the declarations have them."""
    for name, table in tables().items():
        page, found = re.subn(
            rf"(<!-- table of {name} -->\n).*?(<!-- end of {name} -->)",
            lambda match, table=table: f"{match[1]}{table}{match[2]}",  # type: ignore[misc]
            page,
            flags=re.DOTALL,
        )
        assert found == 1, f"the page has {found} tables of {name}"
    return page


def test_the_tables_are_what_is_declared() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_tables(page)


@pytest.mark.parametrize("kind", VERBS)
def test_every_verb_says_what_it_does(kind: str) -> None:
    said = [summary(verb) for verb in VERBS[kind].by_name.values()]
    assert all(len(words.split()) >= 2 for words in said)
    assert len(set(said)) == len(said)


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
