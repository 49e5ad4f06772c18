"""Which requirement a test proves, and the tables in docs/ made from that.

    @conforms("CGMS-27", "CGMS-28")
    def test_offsets_count_from_the_sessions_start() -> None: ...

A checklist is emulator/audit/plans/NAME.toml: a title, an introduction, and rows with ``id``, ``level``, ``check``, ``source``,
``because`` where no test can be had, and ``lacks`` where the tests leave something out.
``python -m tests.harness.conformance`` writes docs/conformance-NAME.md anew.
"""

import ast
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T", bound=Callable[..., Any])

ROOT = Path(__file__).parents[2]
CHECKLISTS = tuple(sorted((ROOT / "emulator" / "audit" / "plans").glob("*.toml")))


def conforms(*rows: str) -> Callable[[T], T]:
    """This test proves these rows of a checklist. It is found by reading the source; nothing happens at run time."""
    assert rows
    return lambda test: test


@cache
def claims() -> dict[str, list[tuple[Path, str]]]:
    """The tests that claim a row, by row: where they stand and what they are called."""
    found: dict[str, list[tuple[Path, str]]] = {}
    for path in [*sorted((ROOT / "tests").rglob("test_*.py")), ROOT / "tests" / "transports" / "contract.py"]:
        for test, row in _claims_of(ast.parse(path.read_text(encoding="utf-8"))):
            found.setdefault(row, []).append((path.relative_to(ROOT), test))
    return found


def _claims_of(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for decorator in node.decorator_list:
                if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name) and decorator.func.id == "conforms":
                    for argument in decorator.args:
                        assert isinstance(argument, ast.Constant), f"{node.name}: say the rows as words"
                        yield node.name, str(argument.value)


def checklist(path: Path) -> dict[str, Any]:
    """One checklist."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def document(path: Path) -> Path:
    """Where its table stands."""
    return ROOT / "docs" / f"conformance-{path.stem}.md"


def broken(path: Path) -> dict[str, list[str]]:
    """What the mutants of a checklist break, by row (tests/harness/mutants.py)."""
    declared = ROOT / "tests" / "mutants" / path.name
    found: dict[str, list[str]] = {}
    for mutant in tomllib.loads(declared.read_text(encoding="utf-8"))["mutant"] if declared.exists() else ():
        found.setdefault(mutant["row"], []).append(mutant["what"])
    return found


def table(path: Path) -> str:
    """The text of its table."""
    listed, claimed, mutants = checklist(path), claims(), broken(path)
    proven = sum(1 for row in listed["row"] if row["id"] in claimed)
    lines = [
        f"# {listed['title']}",
        "",
        *listed["introduction"].strip().splitlines(),
        "",
        (
            f"{proven} of {len(listed['row'])} rows are proven by a test. For {len(mutants)} of them there are"
            f" {sum(map(len, mutants.values()))} mutants: products that break the row, each of which those tests notice"
            " (`python -m tests.harness.mutants`). This page is written by `python -m tests.harness.conformance`."
        ),
        "",
        "| | | check | source | proven by | mutants that this notices |",
        "|---|---|---|---|---|---|",
    ]
    for row in listed["row"]:
        tests = [f"[{name.removeprefix('test_').replace('_', ' ')}](../{where})" for where, name in claimed.get(row["id"], [])]
        proof = tests + ([f"*not covered, because {row['because']}*"] if "because" in row else [])
        proof += [f"*left out: {row['lacks']}*"] if "lacks" in row else []
        noticed = "<br>".join(mutants.get(row["id"], [])) or (
            "*none, for nothing is proven*" if "because" in row else "*none yet*"
        )
        lines.append(f"| {row['id']} | {row['level']} | {row['check']} | {row['source']} | {'<br>'.join(proof)} | {noticed} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    for each in CHECKLISTS:
        document(each).write_text(table(each), encoding="utf-8")
