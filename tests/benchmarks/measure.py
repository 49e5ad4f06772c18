"""The table of benchmarks: each row beside its bare counterpart of the same run, and its goal.

python -m tests.benchmarks.measure [--json] [--write] [--tiny] [WORD ...]

``WORD`` chooses the rows that contain it. ``--write`` puts the table into ``docs/benchmarks.md``. ``--tiny`` measures next to
nothing: it shows that every row can be measured. Nothing is asserted: what is fast depends on the machine.
"""

import json
import platform
import sys
from pathlib import Path

from tests.benchmarks import air, crowd, days, lateness, layouts, library, starts, turns
from tests.benchmarks.figures import COLUMNS, Figure, Row, cells, markdown, to_plain

ROWS: tuple[Row, ...] = (
    *turns.ROWS,
    *air.ROWS,
    *layouts.ROWS,
    *starts.ROWS,
    *crowd.ROWS,
    *lateness.ROWS,
    *days.ROWS,
    *library.ROWS,
)
PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- made by python -m tests.benchmarks.measure --write -->\n", "<!-- end -->\n"


def machine() -> str:
    """What it was measured on."""
    return f"{platform.system()} {platform.release()}, {platform.machine()}, Python {platform.python_version()}"


def written(page: str, measured: list[tuple[Row, Figure]]) -> str:
    """The page with this table in it."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    table = markdown(cells(row, figure) for row, figure in measured)
    return f"{before}{BEGIN}{table}\nMeasured on {machine()}.\n{END}{after}"


def main(arguments: list[str]) -> None:
    """Measure the rows that are asked for, and print each as soon as it is there."""
    options = {word for word in arguments if word.startswith("--")}
    words = [word for word in arguments if word not in options]
    chosen = [row for row in ROWS if not words or any(word in row.what for word in words)]
    if unknown := options - {"--json", "--write", "--tiny"}:
        sys.exit(f"{min(unknown)}: expected --json, --write or --tiny")
    if "--write" in options and (len(chosen) < len(ROWS) or "--tiny" in options):
        sys.exit("--write: expected all rows in full, without WORD and --tiny")
    measured = []
    if "--json" not in options:
        print(*COLUMNS, sep=" | ", flush=True)
    for row in chosen:
        measured.append((row, row.measure("--tiny" in options)))
        if "--json" not in options:
            print(*cells(*measured[-1]), sep=" | ", flush=True)
    if "--json" in options:
        print(json.dumps({"machine": machine(), "rows": [to_plain(*each) for each in measured]}, indent=1))
    if "--write" in options:
        PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), measured), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
