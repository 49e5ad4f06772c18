"""How soon commands are there, beside the import of a library that they need."""

import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial

from tests.benchmarks.figures import Figure, Goal, Row
from tests.benchmarks.programs import ENVIRONMENT, ROOT, bench

STARTS = 7


def up(tiny: bool) -> Figure:
    """`isletbench up` until every port is open, and the import of its Bluetooth stack; medians of starts in turns, s."""
    with tempfile.TemporaryDirectory() as directory, bench(directory):
        pass  # compiles what is not compiled yet
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
    ours, bare = ("-m", "isletbench", *words.split()), ("-c", imports)
    _duration(*ours)  # compiles what is not compiled yet
    return _figure([(_duration(*ours), _duration(*bare)) for _ in rounds])


def _figure(pairs: list[tuple[float, float]]) -> Figure:
    ours, bare = (statistics.median(part) for part in zip(*pairs, strict=True))
    return Figure(ours, ours, bare, "s")


def _duration(*arguments: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, cwd=ROOT, env=ENVIRONMENT)
    return time.perf_counter() - began


ONE_ARGUMENT = """
import construct, typer
app = typer.Typer(add_completion=False)
app.command()(lambda word="": print(word))
app([])
"""
"""A command of typer's with an argument, which typer checks with pydantic."""
BESIDE = "a command of typer's that has an argument, and `import construct`"
ROWS = (
    Row("`isletbench up` until it is ready", '`python -c "import bumble.device"`', Goal(0.9, "s"), up),
    Row("`isletbench --help`", '`python -c "import typer"`', Goal(0.35, "s"), partial(command, "--help", "import typer")),
    Row("`isletbench decode`", BESIDE, Goal(0.35, "s"), partial(command, "decode ids.Status 5596000001", ONE_ARGUMENT)),
    Row("`isletbench types`", BESIDE, Goal(0.35, "s"), partial(command, "types", ONE_ARGUMENT)),
)
