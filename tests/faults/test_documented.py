"""The pages on faults and scenarios tell every one, and are what the declarations say.

``python -m tests.faults.test_documented`` writes their tables anew.
"""

import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from isletbench.emulator.core.models import summary
from isletbench.emulator.core.quantities import shown
from isletbench.emulator.endpoints.registry import PARTICIPANTS
from isletbench.emulator.faults import FAULTS
from isletbench.emulator.faults.fault import Fault
from isletbench.emulator.faults.messages import MessageFault
from isletbench.emulator.faults.triggers.condition import KINDS
from isletbench.emulator.interfaces.cli.schema import SCHEMAS
from isletbench.emulator.journal.beliefs import BELIEFS, About
from isletbench.emulator.journal.beliefs import parse as parse_belief
from isletbench.emulator.scenarios.checks import CHECKS
from isletbench.emulator.scenarios.scenario import load_scenario, parse, scenarios

DOCS = Path(__file__).parents[2] / "docs"


def own_keys(cls: type[Fault]) -> str:
    """What it takes besides what all of its kind take."""
    common = {*Fault.model_fields, "fault"} | (set(MessageFault.model_fields) if issubclass(cls, MessageFault) else set())
    return ", ".join(f"`{key}`" for key in cls.model_fields if key not in common)


def tables_of_scenarios() -> dict[str, str]:
    """Every table of the page on scenarios by its name."""
    checks = "| check | what it demands | takes | belief |\n|---|---|---|---|\n"
    for name, check in CHECKS.items():
        takes = ", ".join(f"`{key}`" for key in check.model_fields if key not in {"check", "device"})
        needs = f"`{check.needs}`" if check.needs else ""
        checks += f"| `{name}` | {summary(check)} | {takes} | {needs} |\n"
    known = "| scenario | title | lasts | over | must hold |\n|---|---|---|---|---|\n"
    for scenario in map(load_scenario, scenarios()):
        demands = ", ".join(f"`{check.kind()}`" for check in scenario.expect)
        over = ", ".join(scenario.ways)
        known += f"| {scenario.id} | {scenario.title} | {shown(scenario.lasts)} | {over} | {demands} |\n"
    return {"checks": checks, "scenarios": known}


def tables_of_faults() -> dict[str, str]:
    """Every table of the page on faults by its name."""
    made = {"faults": "| fault | whose | what the client sees | takes besides |\n|---|---|---|---|\n"}
    for name, cls in FAULTS.items():
        made["faults"] += f"| `{name}` | {cls.whose.value} | {cls.symptom()} | {own_keys(cls)} |\n"
    made["conditions"] = "| key | it waits until | takes besides |\n|---|---|---|\n"
    for key, condition in sorted(KINDS.items(), key=lambda one: one[1].combines):
        beside = ", ".join(f"`{name}`" for name in condition.keys_beside())
        made["conditions"] += f"| `{key}` | {summary(condition)} | {beside} |\n"
    for kind, known in PARTICIPANTS.items():
        made[kind] = "| action | what it does | takes |\n|---|---|---|\n"
        for name, action in known.actions.by_name.items():
            made[kind] += f"| `{name}` | {summary(action)} | {', '.join(f'`{key}`' for key in action.model_fields)} |\n"
    return made


def tables_of_beliefs() -> dict[str, str]:
    """Every table of the page on beliefs by its name."""
    made = "| belief | what it says | keys |\n|---|---|---|\n"
    for name, kind in BELIEFS.items():
        keys = ", ".join(f"`{key}`" for key in kind.model_fields if key != "belief")
        made += f"| `{name}` | {summary(kind)} | {keys} |\n"
    return {"beliefs": made}


def tables_of_journal() -> dict[str, str]:
    """The table of the page on journals: every line that ``isletbench schema journal`` describes."""
    made = "| line | meaning | keys |\n|---|---|---|\n"
    for name, line in SCHEMAS["journal"]()["$defs"].items():
        keys = [f"`{key}`" if key in line["required"] else f"[`{key}`]" for key in line["properties"]]
        meaning = " ".join(line.get("description", "").split("\n\n")[0].split())
        made += f"| `{name}` | {meaning} | {', '.join(keys)} |\n"
    return {"lines": made}


PAGES = {
    "beliefs.md": tables_of_beliefs,
    "faults.md": tables_of_faults,
    "journal.md": tables_of_journal,
    "scenarios.md": tables_of_scenarios,
}


def with_tables(page: str, tables: dict[str, str]) -> str:
    """The page with its tables as the declarations have them."""
    for name, table in tables.items():
        page, found = re.subn(
            rf"(<!-- table of {name} -->\n).*?(<!-- end of {name} -->)",
            lambda match, table=table: f"{match[1]}{table}{match[2]}",  # type: ignore[misc]
            page,
            flags=re.DOTALL,
        )
        assert found == 1, f"the page has {found} tables of {name}"
    return page


@pytest.mark.parametrize("name", PAGES)
def test_the_tables_are_what_is_declared(name: str) -> None:
    page = (DOCS / name).read_text(encoding="utf-8")
    assert page == with_tables(page, PAGES[name]())


def test_the_examples_of_the_page_on_scenarios_are_whole(tmp_path: Path) -> None:
    page = (DOCS / "scenarios.md").read_text(encoding="utf-8")
    (file,) = re.findall(r"```toml\n(.*?)```", page, flags=re.DOTALL)
    assert parse(file, "scenarios.md").id == "MY-01"
    (program,) = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    (tmp_path / "example.py").write_text(program)
    command = [sys.executable, str(tmp_path / "example.py")]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.stdout.startswith("absent ['the client never connected to any device'"), ended.stderr


def test_the_page_on_beliefs_tells_what_a_user_can_be_told_about_and_every_example_is_one() -> None:
    page = (DOCS / "beliefs.md").read_text(encoding="utf-8")
    about = ", ".join(f"`{word}`" for word in get_args(About))
    assert f"<!-- about -->{about}<!-- end of about -->" in page
    (examples,) = re.findall(r"```json\n(.*?)```", page, flags=re.DOTALL)
    assert {parse_belief(line).belief for line in examples.splitlines()} == {
        "reports",
        "dose",
        "reading",
        "blood_test",
        "alert",
    }


@pytest.mark.parametrize("kind", PARTICIPANTS)
def test_every_verb_says_what_it_does(kind: str) -> None:
    said = [summary(action) for action in PARTICIPANTS[kind].actions.by_name.values()]
    assert all(len(words.split()) >= 2 for words in said)
    assert len(set(said)) == len(said)


if __name__ == "__main__":
    for name, tables in PAGES.items():
        path = DOCS / name
        path.write_text(with_tables(path.read_text(encoding="utf-8"), tables()), encoding="utf-8")
