"""In which way a cell fails: by the check and its words, never by the path that led there."""

import re
from dataclasses import dataclass

from isletbench.emulator.campaigns.result import Outcome, Result

NUMBERS = re.compile(r"-?\d+(?:[.:]\d+)*(?:\s?(?:ms|s|m|h|d)\b)?|0x[0-9a-f]+")
"""Amounts, instants and durations in a sentence: they may change, what is said of them may not."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One way in which a cell fails."""

    outcome: Outcome
    check: str
    """The check that found something; empty for a client that crashed or never came."""
    words: str
    """What it found, without its numbers."""


def failures_of(result: Result) -> tuple[Failure, ...]:
    """The ways in which a cell fails, the first finding first; none where it does not accuse the client."""
    if not result.is_bad:
        return ()
    if result.outcome is not Outcome.FAILED:
        return (Failure(result.outcome, "", without_numbers(result.why)),)
    ways = (Failure(result.outcome, found.check, without_numbers(found.words)) for found in result.findings)
    return tuple(dict.fromkeys(ways))


def without_numbers(words: str) -> str:
    """A sentence with every number, instant and duration replaced."""
    return NUMBERS.sub("#", words)
