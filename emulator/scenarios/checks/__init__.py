"""What must hold of a conversation: checks that need the wire and the ledger alone, so that any client can be judged, and some
that need what a client believes, where it tells."""

from typing import Annotated, TypeAlias, get_args

from pydantic import Field

from isletbench.emulator.scenarios.checks.automation import (
    ActsOnFresh,
    BoundsAdjustments,
    DecidesOnce,
    DoubtsFlatLine,
    FallsBack,
)
from isletbench.emulator.scenarios.checks.beliefs import (
    BelievesBasal,
    BelievesDoses,
    BelievesReadings,
    CallsOff,
    CountsPulses,
    DatesDoses,
    PossibleDoses,
    Settles,
    StaysQuiet,
    TellsUser,
)
from isletbench.emulator.scenarios.checks.declared import Check, Finding
from isletbench.emulator.scenarios.checks.delivery import (
    CarriesOut,
    Follows,
    HeedsAlarms,
    LeavesSuspended,
    LooksFirst,
    ReadsBack,
    Resolves,
    TakesNo,
    WaitsItsTurn,
)
from isletbench.emulator.scenarios.checks.link import AsksAtMost, BacksOff, ConnectsOnly, LooksAfter, Reconnects
from isletbench.emulator.scenarios.checks.memory import ReadsOn, SetsClock
from isletbench.emulator.scenarios.checks.news import FetchesMissed, Hears
from isletbench.emulator.scenarios.checks.outcomes import DosesOnce, Gives, Halts, Primes, TherapyIs

AnyCheck: TypeAlias = Annotated[
    Resolves
    | DosesOnce
    | Reconnects
    | BacksOff
    | Hears
    | FetchesMissed
    | Gives
    | Halts
    | TherapyIs
    | WaitsItsTurn
    | Follows
    | LooksFirst
    | HeedsAlarms
    | TakesNo
    | ReadsBack
    | LeavesSuspended
    | AsksAtMost
    | ConnectsOnly
    | LooksAfter
    | ActsOnFresh
    | DecidesOnce
    | FallsBack
    | DoubtsFlatLine
    | BoundsAdjustments
    | BelievesDoses
    | PossibleDoses
    | CountsPulses
    | BelievesReadings
    | BelievesBasal
    | TellsUser
    | StaysQuiet
    | CallsOff
    | Settles
    | CarriesOut
    | DatesDoses
    | ReadsOn
    | SetsClock
    | Primes,
    Field(discriminator="check"),
]
"""Every check there is, told apart by its key ``check``."""
CHECKS: dict[str, type[Check]] = {cls.kind(): cls for cls in get_args(get_args(AnyCheck)[0])}
"""Each by its name."""

__all__ = ["CHECKS", "AnyCheck", "Check", "Finding"]
