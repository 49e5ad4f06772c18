"""The verdict on a client: what the wire and the ledger of a run show of how it behaved.

It needs nothing but the entries of a journal. A client that crashes or that never connects is a verdict, not an accident.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from isletbench.emulator.core.quantities import Instant, Span, clock
from isletbench.emulator.journal.conversation import Conversation
from isletbench.emulator.journal.entries import Entry, Header
from isletbench.emulator.journal.exchanges import conversation_of
from isletbench.emulator.journal.writer import to_line, to_text
from isletbench.emulator.scenarios import intents, lateness, preconditions
from isletbench.emulator.scenarios.checks import Finding
from isletbench.emulator.scenarios.scenario import Scenario

EXCERPT = 6
"""Lines of the journal shown before and after the moment in question."""
MOMENT: Span = 1_000
"""By so much a run may end before its scenario, ms of the bench, and be over: no clock of another process is exact."""


class Outcome(StrEnum):
    """How a scenario ended for a client."""

    PASSED = "passed"
    FAILED = "failed"
    """It did something it should not have done, or did not do what it should."""
    CRASHED = "crashed"
    """It ended by itself, or with an error."""
    ABSENT = "absent"
    """It never connected."""
    NOT_JUDGED = "not judged"
    """It does not show whether all is well: a fault never struck, what a check is about never happened, or the machine was
    late, or slept."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is wrong with a conversation, check by check (nothing: it passes), and which checks were left open."""

    findings: tuple[tuple[str, Finding], ...]
    open: tuple[str, ...]
    """They need beliefs that the client does not report."""
    unjudged: tuple[str, ...] = ()
    """Why the run does not show that all is well, in sentences."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the bench found."""

    scenario: str
    over: str
    outcome: Outcome
    findings: tuple[tuple[str, Finding], ...] = ()
    """Which check, and what it found."""
    why: str = ""
    """What happened to a client that crashed or never came."""
    open: tuple[str, ...] = ()
    """The checks that could not be judged: the client does not report what it believes."""
    unjudged: tuple[str, ...] = ()
    """Why the run does not show that all is well, in sentences."""
    entries: tuple[Entry, ...] = field(default=(), repr=False)
    """The journal of the run."""
    output: str = field(default="", repr=False)
    """The last of what a program printed."""

    pace: str = ""
    """The slower pace at which it was played again, for the machine was late at the one that was asked for."""
    late: bool = False
    """Whether the machine was late, and nothing but that can be said."""

    @property
    def passed(self) -> bool:
        """Whether all is well."""
        return self.outcome is Outcome.PASSED

    @property
    def journal(self) -> str:
        """The journal of the run as text."""
        return to_text(self.entries)

    def to_dict(self) -> dict[str, Any]:
        """The verdict as plain data."""
        return {
            "scenario": self.scenario,
            "over": self.over,
            "outcome": self.outcome.value,
            "why": self.why,
            "open": list(self.open),
            "unjudged": list(self.unjudged),
            "pace": self.pace,
            "findings": [{"check": check, **self._shown(finding)} for check, finding in self.findings],
        }

    def _shown(self, finding: Finding) -> dict[str, Any]:
        """A finding as plain data: when it is one, and the line that shows it, which may be of an earlier moment."""
        line = self.line_of(finding)
        entry = self.entries[line]
        line_at = 0 if isinstance(entry, Header) else entry.at
        return {
            "at": finding.at,
            "line": line,
            "line_at": line_at,
            "words": finding.words,
            "excerpt": self.excerpt(finding),
        }

    def sentences(self) -> list[str]:
        """What is wrong, for people."""
        found = [f"{check}: {finding.words}" for check, finding in self.findings]
        return [*([self.why] if self.why else []), *found, *(f"not judged: {why}" for why in self.unjudged)]

    def left_open(self) -> list[str]:
        """What else is to be said of it, for people: which checks could not be judged, and a slower pace."""
        open_ = [f"not judged, for the client does not tell what it believes: {', '.join(self.open)}"] if self.open else []
        return open_ + ([f"played at {self.pace}, for the machine was late"] if self.pace else [])

    def excerpt(self, finding: Finding) -> list[str]:
        """The journal around the moment in question, the line itself marked."""
        middle = self.line_of(finding)
        first = max(0, middle - EXCERPT)
        return [
            f"{'> ' if number == middle else '  '}{to_line(entry)}"
            for number, entry in enumerate(self.entries[first : middle + EXCERPT + 1], first)
        ]

    @property
    def lines(self) -> frozenset[int]:
        """The lines of the journal, from 0, that findings are about."""
        return frozenset(self.line_of(finding) for _, finding in self.findings)

    def line_of(self, finding: Finding) -> int:
        """The line that shows it: of a finding that has none, the first line at its moment or after it."""
        return finding.line or _line_at(self.entries, finding.at)


def _line_at(entries: Sequence[Entry], at: Instant) -> int:
    """The first line at or after an instant."""
    for number, entry in enumerate(entries):
        if not isinstance(entry, Header) and entry.at >= at:
            return number
    return max(len(entries) - 1, 0)


def judge(scenario: Scenario, conversation: Conversation) -> Judgement:
    """What is wrong with a conversation: by the checks of a scenario, and by what its user wants."""
    checks = [check for check in scenario.expect if check.is_told(conversation)]
    found: list[tuple[str, Finding]] = []
    unjudged = list(preconditions.unmet(scenario, conversation))
    for check in checks:
        of_it = [(check.kind(), finding) for finding in check.findings(conversation)]
        found += of_it
        if not of_it and (why := check.unjudged(conversation)):
            unjudged.append(f"{check.kind()}: {why}")
    found += [(intents.NAME, finding) for finding in intents.unwanted(scenario, conversation)]
    early = [one for one in found if _is_early(one[1], scenario, conversation)]
    findings = [one for one in found if one not in early]
    ended = f"the run ended at {clock(conversation.ended)}, before the scenario does at {clock(scenario.lasts)}"
    unjudged += [f"{name}: {finding.words}, and {ended}" for name, finding in early]
    if conversation.refused_beliefs:
        at, why = conversation.refused_beliefs[0]
        unjudged.append(f"{len(conversation.refused_beliefs)} beliefs were refused, the first at {clock(at)}: {why}")
    if not checks:
        unjudged.append("the client does not tell what it believes, and no check goes by anything else")
    return Judgement(tuple(findings), tuple(check.kind() for check in scenario.expect if check not in checks), tuple(unjudged))


def _is_early(finding: Finding, scenario: Scenario, conversation: Conversation) -> bool:
    """Whether a run ended before its scenario, and with it the time in which what a finding misses could have come."""
    if conversation.ended >= scenario.lasts - MOMENT:
        return False
    return finding.is_open or (finding.excuse is not None and finding.excuse.until >= conversation.ended)


def _excuse(scenario: Scenario, conversation: Conversation, found: Judgement) -> str:
    """Why what was found accuses nobody, for the machine was late; empty where it does."""
    wanted = [intent.at for intent in scenario.intent]
    return lateness.excuses(conversation, [finding for _, finding in found.findings], wanted)


def verdict_on(
    scenario: Scenario, over: str, entries: Sequence[Entry], *, why: str = "", crashed: bool = False, output: str = ""
) -> Verdict:
    """The verdict on a run that is over: its journal, how the client ended if it did, and what it printed."""
    conversation = conversation_of(entries)
    found = judge(scenario, conversation)
    outcome = Outcome.FAILED if found.findings else Outcome.NOT_JUDGED if found.unjudged else Outcome.PASSED
    late = False
    if slept := lateness.asleep(conversation):
        outcome, why = Outcome.NOT_JUDGED, slept
    elif not conversation.connections:
        outcome, why = Outcome.ABSENT, why or "the client never connected to any device"
    elif crashed:
        outcome = Outcome.CRASHED
    elif (found.findings or found.unjudged) and (excuse := _excuse(scenario, conversation, found)):
        outcome, why, late = Outcome.NOT_JUDGED, excuse, True
    return Verdict(
        scenario.id, over, outcome, found.findings, why, found.open, found.unjudged, tuple(entries), output, late=late
    )
