"""Fuzz one target: what is in its corpus, and so many new strings. A string that fails is kept in the corpus.

``python -m tests.fuzz.run TARGET COUNT [SEED]`` prints how many strings passed. The target ``all`` is all of them, one after
the other: COUNT strings together, most to those that take most in a second.
"""

import asyncio
import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice
from math import ceil
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
FAST = {"RFC 2217": 0.30, "HCI": 0.28, "serial link": 0.20, "personality dexcom_receiver": 0.10}
"""Which part of a run of all targets goes to those that take tens of thousands in a second; the others share the rest."""


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
    with _unheard(logging.getLogger("bumble")):
        while some := list(islice(made, PER_BENCH)):
            run(_feed(opened, target, some), Pace(None))
            tried += len(some)
    if count >= WORTH_NOTING:
        note(f"fuzz {target}", tried=tried)
    return tried


@contextmanager
def _unheard(log: logging.Logger) -> Iterator[None]:
    """Keep to itself what a library says of each string: pytest would keep a million lines of it until the test is over."""
    nobody, before = logging.NullHandler(), log.propagate
    log.addHandler(nobody)
    log.propagate = False
    try:
        yield
    finally:
        log.propagate = before
        log.removeHandler(nobody)


def shares(together: int) -> dict[str, int]:
    """How many strings each target takes when all are run: no fewer than ``together``."""
    rest = (1 - sum(FAST.values())) / (len(TARGETS) - len(FAST))
    return {target: ceil(together * FAST.get(target, rest)) for target in TARGETS}


def fuzz_all(together: int, seed: int) -> int:
    """Feed so many strings to all targets, one after the other; how many there were. Raises what a string has caused."""
    began, tried = time.monotonic(), 0
    for target, count in shares(together).items():
        tried += fuzz(target, count, seed)
    note("fuzz all", tried=tried, seconds=round(time.monotonic() - began))
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
    chosen, wanted, *rest = sys.argv[1:]
    seed = int(rest[0]) if rest else int(time.time())
    number = fuzz_all(int(wanted), seed) if chosen == "all" else fuzz(chosen, int(wanted), seed)
    print(f"{chosen}: {number} strings in {time.monotonic() - began:.0f} s, none failed")  # noqa: T201
