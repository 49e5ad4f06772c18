"""Fuzz one target: what is in its corpus, and so many new strings. A string that fails is kept in the corpus.

``python -m tests.fuzz.run TARGET COUNT [SEED]`` is what a nightly run calls; it prints how many strings passed.
"""

import asyncio
import sys
import time
from itertools import chain, islice
from pathlib import Path

from isletbench.emulator.core.clock import Pace, run
from tests.fuzz.strings import strings
from tests.fuzz.targets import TARGETS
from tests.harness.counts import note

CORPUS = Path(__file__).with_name("corpus")
WORTH_NOTING = 1_000
"""A run of so many strings is written down for the table of docs/reliability.md."""
PER_BENCH = 2_000
"""How many strings one bench takes."""


def corpus_of(target: str) -> Path:
    """The file of the strings that once failed, one a line, hexadecimal; text behind ``#`` says what failed."""
    return CORPUS / (target.replace(" ", "_").replace(",", "").replace("/", "_") + ".txt")


def known_failures(target: str) -> list[bytes]:
    """The strings that once failed."""
    path = corpus_of(target)
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [bytes.fromhex(line.partition("#")[0]) for line in lines if line.partition("#")[0].strip()]


def fuzz(target: str, count: int, seed: int) -> int:
    """Feed the corpus and ``count`` new strings to a target; how many there were. Raises what a string has caused."""
    opened, seeds = TARGETS[target]
    made, tried = chain(known_failures(target), strings(seeds(), seed, count)), 0
    while some := list(islice(made, PER_BENCH)):
        run(_feed(opened, target, some), Pace(None))
        tried += len(some)
    if count >= WORTH_NOTING:
        note(f"fuzz {target}", tried=tried)
    return tried


async def _feed(opened: object, target: str, made: list[bytes]) -> None:
    async with opened() as take:  # type: ignore[operator]
        for octets in made:
            try:
                await take(octets)
            except BaseException as error:
                _keep(target, octets, error)
                raise
        await asyncio.sleep(1)


def _keep(target: str, octets: bytes, error: BaseException) -> None:
    path = corpus_of(target)
    if octets in known_failures(target):
        return
    why = " ".join(f"{type(error).__name__}: {error}".split())[:120]
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{octets.hex()}  # {why}\n")


if __name__ == "__main__":
    began = time.monotonic()
    number = fuzz(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else int(time.time()))
    print(f"{sys.argv[1]}: {number} strings in {time.monotonic() - began:.0f} s, none failed")  # noqa: T201
