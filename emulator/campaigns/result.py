"""What became of a cell: one line of JSON, whatever the client did."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from isletbench.emulator.campaigns.strikes import Strike
from isletbench.emulator.core.models import Part
from isletbench.emulator.core.quantities import UU_PER_UNIT, Instant
from isletbench.emulator.journal.conversation import Conversation
from isletbench.emulator.journal.entries import Entry
from isletbench.emulator.journal.exchanges import conversation_of
from isletbench.emulator.metrics.glucose import summary_of
from isletbench.emulator.pump.events import AnnunciationRaised, Pulse
from isletbench.emulator.scenarios.true_glucose import true_glucose


class Outcome(StrEnum):
    """How a cell ended: the words of a verdict, and one for a cell of which nothing is known."""

    PASSED = "passed"
    FAILED = "failed"
    CRASHED = "crashed"
    """The client ended by itself, did not end, or took its process with it."""
    ABSENT = "absent"
    NOT_JUDGED = "not judged"
    LOST = "lost"
    """Whoever played it died, twice."""


BAD = frozenset({Outcome.FAILED, Outcome.CRASHED, Outcome.ABSENT})
"""Outcomes that accuse the client."""


def _writable(text: Any) -> Any:
    return text.encode("utf-8", "replace").decode() if isinstance(text, str) else text


Said = Annotated[str, BeforeValidator(_writable)]
"""What a client or somebody else has said; what UTF-8 cannot write of it (half a surrogate pair) is a question mark."""


class Found(Part):
    """One thing that is wrong."""

    check: str
    at: Instant
    """When, ms since the bench began."""
    line: int
    """The line of the journal that shows it, counted from 0."""
    words: Said


class Result(Part):
    """What became of a cell."""

    schema_: Literal[1] = Field(default=1, alias="schema")
    key: str
    """What stands for everything that the run depends on: the same key is the same run."""
    situation: str
    """The same for the same cell, whatever the version of client and bench."""
    cell: dict[str, Any]
    scenario: str
    """The identifier of what was played."""
    outcome: Outcome
    why: Said = ""
    """What happened to a client that crashed or never came."""
    findings: tuple[Found, ...] = ()
    open: tuple[str, ...] = ()
    """The checks that could not be judged: the client does not report what it believes."""
    unjudged: tuple[str, ...] = ()
    """Why the run does not show that all is well."""
    strikes: tuple[Strike, ...] = ()
    """The first message that each fault has acted on."""
    output: Said = ""
    """The last of what the client printed, where not all is well."""
    metrics: dict[str, float] = Field(default_factory=dict)
    """Numbers of the run; every name says its unit."""
    lasted: Instant = 0
    """How long it was played, ms of the bench's time."""
    pace: str = ""
    took_s: float = 0.0
    """How long that took, judging included, s of the world's time."""
    processor_s: float = 0.0
    """Processor time of it, s; that of the programs that it started included."""
    journal: str = ""
    """SHA-256 of the journal; empty where there is none."""
    lines: int = 0
    """Of the journal."""
    versions: dict[str, str] = Field(default_factory=dict)

    @property
    def is_bad(self) -> bool:
        """Whether it accuses the client."""
        return self.outcome in BAD

    @property
    def failing(self) -> tuple[str, ...]:
        """The checks that found something, each once."""
        return tuple(sorted({found.check for found in self.findings}))

    def sentences(self) -> list[str]:
        """What is wrong, for people."""
        found = [f"{one.check}: {one.words}" for one in self.findings]
        return [*([self.why] if self.why else []), *found, *(f"not judged: {why}" for why in self.unjudged)]

    def to_line(self) -> str:
        """The result as one line of JSON, without the line's end."""
        return self.model_dump_json(by_alias=True)


def metrics_of(entries: Sequence[Entry]) -> dict[str, float]:
    """The numbers of a run."""
    conversation = conversation_of(entries)
    numbers: dict[str, float] = {
        "connections": len(conversation.connections),
        "requests": len(conversation.exchanges),
        "alarms": sum(1 for _ in conversation.events(AnnunciationRaised)),
        "basal_units": _pushed(conversation, "basal"),
        "bolus_units": _pushed(conversation, "bolus"),
    }
    if values := [reading.mg_dl for reading in true_glucose(conversation)]:
        glucose = summary_of(values)
        numbers |= {
            "mean_mg_dl": round(glucose.mean, 1),
            "lowest_mg_dl": round(glucose.lowest, 1),
            "time_in_range_percent": round(glucose.in_range, 2),
            "time_below_70_percent": round(glucose.below, 2),
        }
    return numbers


def _pushed(conversation: Conversation, cause: str) -> float:
    """Insulin that left the reservoirs for a cause, U."""
    return sum(entry.event.uu for entry in conversation.events(Pulse) if entry.event.cause == cause) / UU_PER_UNIT
