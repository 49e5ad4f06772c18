"""How the examination of a row ends."""

from enum import Enum

from isletbench.emulator.audit.plan import Row
from isletbench.emulator.core.values import dataclass


class Outcome(Enum):
    """What is known of a row after its examination."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_APPLICABLE = "not applicable"
    """The device does not have what the row is about."""
    NOT_TESTABLE = "not testable"
    """It cannot be seen from outside, on this carrier, or without a permission that was not given."""
    NOT_EXAMINED = "not examined"
    """The audit was stopped before."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one row."""

    row: Row
    outcome: Outcome
    why: str = ""
    """One sentence; empty for a row that passed."""
    exchanged: tuple[str, ...] = ()
    """The last octets on the wire before a row failed, oldest first."""


class NotPassed(Exception):
    """Ends the examination of a row with another outcome than passed; its message is the sentence."""

    outcome = Outcome.FAILED


class Failed(NotPassed):
    """The device violates the row."""


class NotApplicable(NotPassed):
    """The device does not have what the row is about."""

    outcome = Outcome.NOT_APPLICABLE


class NotTestable(NotPassed):
    """The row cannot be examined here."""

    outcome = Outcome.NOT_TESTABLE


def shown(octets: bytes) -> str:
    """Octets in hexadecimal, as findings have them."""
    return octets.hex(" ").upper() or "nothing"


def require(holds: object, problem: str) -> None:
    """Raise ``Failed`` with this sentence unless it holds."""
    if not holds:
        raise Failed(problem)


def require_octets(what: str, octets: bytes, *expected: bytes) -> None:
    """Raise ``Failed`` unless these octets are one of those expected."""
    if octets not in expected:
        raise Failed(f"{what}: expected {' or '.join(map(shown, expected))}, got {shown(octets)}")
