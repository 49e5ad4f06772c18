"""How soon commands are there, beside the import of a library that they need."""

import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial

from tests.benchmarks.figures import Figure, Goal, Row
from tests.benchmarks.programs import ROOT, bench

STARTS = 7


def up(tiny: bool) -> Figure:
    """`isletbench up` until every port is open, and the import of its Bluetooth stack; medians of starts in turns, s."""
    pairs = []
    for _ in range(1 if tiny else STARTS):
        with tempfile.TemporaryDirectory() as directory:
            began = time.perf_counter()
            with bench(directory) as ready:
                took = time.perf_counter() - began
                assert ready["ready"]
        pairs.append((took, _duration("-c", "import bumble.device")))
    return _figure(pairs)


def command(words: str, imports: str, tiny: bool) -> Figure:
    """A command from its start to its end."""
    rounds = range(1 if tiny else STARTS)
    return _figure([(_duration("-m", "isletbench", *words.split()), _duration("-c", f"import {imports}")) for _ in rounds])


def _figure(pairs: list[tuple[float, float]]) -> Figure:
    ours, bare = (statistics.median(part) for part in zip(*pairs, strict=True))
    return Figure(ours, ours, bare, "s")


def _duration(*arguments: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
    return time.perf_counter() - began


BARE = '`python -c "import {}"`'
ROWS = (
    Row("`isletbench up` until it is ready", BARE.format("bumble.device"), Goal(0.9, "s"), up),
    Row("`isletbench --help`", BARE.format("typer"), Goal(0.35, "s"), partial(command, "--help", "typer")),
    Row(
        "`isletbench decode`",
        BARE.format("construct, typer"),
        Goal(0.35, "s"),
        partial(command, "decode ids.Status 5596000001", "construct, typer"),
    ),
    Row("`isletbench types`", BARE.format("construct, typer"), Goal(0.35, "s"), partial(command, "types", "construct, typer")),
)
