"""Faults: what goes wrong, declared; and the engine that makes it happen, live or from a scenario.

``messages`` declares what happens to one message between a device and its wire, ``contents`` what becomes of what it says,
``happenings`` what happens to a link, a radio, a clock or a device as a whole. Each declaration's docstring names the symptom
that the client sees, which is the reason the fault exists. ``declared`` says when a fault is due and how long it lasts,
``engine`` runs them.
"""

from typing import Annotated, TypeAlias

from pydantic import Field, TypeAdapter, ValidationError

from isletbench.emulator.core.models import first_problem
from isletbench.emulator.faults.contents import AlterReply, Retell
from isletbench.emulator.faults.declared import Fault, FaultError
from isletbench.emulator.faults.engine import Engine, Injected, State
from isletbench.emulator.faults.happenings import (
    BadLine,
    ClockDrift,
    ClockReset,
    ClockStep,
    Do,
    Flap,
    ForgetBonds,
    HangUp,
    RadioBreak,
    Reach,
    Reboot,
    RefusePairing,
    Vanish,
    WeakRadio,
    Whisper,
)
from isletbench.emulator.faults.messages import (
    CorruptReply,
    CorruptRequest,
    CutAfter,
    CutBefore,
    DelayReply,
    DelayRequest,
    DenyReply,
    IgnoreRequest,
    LoseReply,
    LoseRequest,
    Mute,
    RefuseRequest,
    ReorderReplies,
    RepeatReply,
    RepeatRequest,
    StaleReply,
    SubstituteReply,
    TruncateReply,
)

AnyFault: TypeAlias = Annotated[
    LoseRequest
    | IgnoreRequest
    | CutBefore
    | RefuseRequest
    | DelayRequest
    | RepeatRequest
    | CorruptRequest
    | LoseReply
    | CutAfter
    | DenyReply
    | DelayReply
    | RepeatReply
    | ReorderReplies
    | TruncateReply
    | CorruptReply
    | SubstituteReply
    | StaleReply
    | AlterReply
    | Retell
    | Mute
    | HangUp
    | Reboot
    | Vanish
    | Flap
    | ForgetBonds
    | RefusePairing
    | Whisper
    | RadioBreak
    | WeakRadio
    | BadLine
    | ClockStep
    | ClockDrift
    | ClockReset
    | Do,
    Field(discriminator="fault"),
]
"""Every fault there is, told apart by its key ``fault``."""

FAULTS: dict[str, type[Fault]] = {
    cls.kind(): cls
    for cls in (
        *(LoseRequest, IgnoreRequest, CutBefore, RefuseRequest, DelayRequest, RepeatRequest, CorruptRequest),
        *(LoseReply, CutAfter, DenyReply, DelayReply, RepeatReply, ReorderReplies),
        *(TruncateReply, CorruptReply, SubstituteReply, StaleReply, AlterReply, Retell, Mute, HangUp, Reboot),
        *(
            ForgetBonds,
            RefusePairing,
            Whisper,
            Vanish,
            Flap,
            RadioBreak,
            WeakRadio,
            BadLine,
            ClockStep,
            ClockDrift,
            ClockReset,
            Do,
        ),
    )
}
"""Each by its name."""

_ANY: TypeAdapter[AnyFault] = TypeAdapter(AnyFault)


def parse(plain: object) -> Fault:
    """The fault that plain data declares. Raises ``FaultError`` naming the key and what was expected."""
    try:
        return _ANY.validate_python(plain)
    except ValidationError as error:
        raise FaultError(first_problem(error, *FAULTS)) from None


__all__ = [
    "FAULTS",
    "AlterReply",
    "AnyFault",
    "BadLine",
    "ClockDrift",
    "ClockReset",
    "ClockStep",
    "CorruptReply",
    "CorruptRequest",
    "CutAfter",
    "CutBefore",
    "DelayReply",
    "DelayRequest",
    "DenyReply",
    "Do",
    "Engine",
    "Fault",
    "FaultError",
    "Flap",
    "ForgetBonds",
    "HangUp",
    "IgnoreRequest",
    "Injected",
    "LoseReply",
    "LoseRequest",
    "Mute",
    "RadioBreak",
    "Reach",
    "Reboot",
    "RefusePairing",
    "RefuseRequest",
    "ReorderReplies",
    "RepeatReply",
    "RepeatRequest",
    "Retell",
    "StaleReply",
    "State",
    "SubstituteReply",
    "TruncateReply",
    "Vanish",
    "WeakRadio",
    "Whisper",
    "parse",
]
