"""A READ over the virtual air, beside the same with bumble alone: processor time, each way in a process of its own."""

import tempfile

from tests.benchmarks.figures import Figure, Goal, Row, of_pairs
from tests.benchmarks.programs import result_of

ROUNDS, READS = 3, 400


def read(tiny: bool) -> Figure:
    """Both in turns."""
    reads, pairs = 2 if tiny else READS, []
    with tempfile.TemporaryDirectory() as directory:
        for _ in range(1 if tiny else ROUNDS):
            ours, bare = (
                result_of(f"tests.benchmarks.{way}", reads, directory=directory)["cpu_s"] for way in ("air_bench", "air_bumble")
            )
            pairs.append((ours, bare))
    return of_pairs(pairs)


ROWS = (Row("READ over the virtual air, bleak client", "bumble alone: its link, server and client", Goal(0.9, "x"), read),)
