"""What every fault has: a device, a trigger that says when it begins, and how long it lasts.

A fault waits until every condition of its trigger has come true, is then *armed*, *strikes* as often as it is declared to, and
is *over*; clearing it ends it in any state. A class that derives from ``Fault`` declares a fault: its name (``LoseReply`` is
``lose_reply``), its key ``fault`` in files and requests and its entry in the registry all come from the class.
"""

from enum import Enum
from typing import Annotated, Any, ClassVar

from pydantic import Field

from isletbench.emulator.core.actions import name_of
from isletbench.emulator.core.models import Duration, Lasting, Part, Units, declare_constant, summary
from isletbench.emulator.faults.triggers import AllOf, AnyCondition, Condition, InOrder, OnAmount, StateWord, condition_of
from isletbench.emulator.faults.words import Count, Name, Often


class FaultError(ValueError):
    """A fault that cannot be declared or injected; one sentence with the key and what was expected."""


class Whose(Enum):
    """What is at fault. A client sees nearly the same when a radio is weak and when a device does not answer."""

    DEVICE = "device"
    """The device misbehaves while its link is alive."""
    LINK = "link"
    """The radio or the cable misbehaves; the device behind it runs on and knows of nothing but the lost connection."""
    CLOCK = "clock"
    """The device's own clock is wrong."""
    HAND = "hand"
    """Somebody performs an action on the device, or something happens to it: any of its actions."""


DECLARED: dict[str, type["Fault"]] = {}
"""Every declared fault by its name, in the order of declaration. ``registry`` imports the modules that declare them."""


class Fault(Part):
    """The fields of every fault. A subclass declares a fault of its own, unless it is ``abstract``."""

    whose: ClassVar[Whose]

    device: Name
    """The device of the rig that is affected."""
    name: Name | None = None
    """The name of this fault, for ``clear`` and in the journal; it seeds its random draws. Made from its kind when left out."""

    at: Duration | None = None
    """Not before the bench has run for so long."""
    after: Duration | None = None
    """Not before so long after it was injected."""
    connection: Often | None = None
    """Not before this many connections have begun since it was injected."""
    reading: Often | None = None
    """Not before this many readings have been measured since it was injected."""
    delivered: Annotated[Units, Field(gt=0)] | None = None
    """Not before so much bolus insulin has been delivered since it was injected, U."""
    state: StateWord | None = None
    """Not before the device enters this state, as its ledger calls it: ``running`` or ``failed`` for a sensor's session,
    ``STOP`` or ``RUN`` for a pump's therapy."""

    when: AnyCondition | None = None
    """Not before this has come true; watched from the instant on at which the keys above it have come true. A condition, or
    several that are combined: docs/faults.md."""

    times: Count = 1
    """How often it waits for its trigger: when it is over, it waits anew."""

    until_connected: bool = False
    """Whether it is over as soon as a new connection to the device begins."""
    lasts: Lasting | None = None
    """How long it lasts from when it is armed; until it is cleared, or has struck often enough, when left out."""

    def __init_subclass__(cls, *, abstract: bool = False, **kwargs: Any) -> None:
        if not abstract:
            kind = cls.kind()
            if kind in DECLARED:
                raise TypeError(f"{cls.__module__}.{cls.__name__}: there is a fault {kind} already")
            DECLARED[kind] = cls
            declare_constant(cls, "fault", kind)
        super().__init_subclass__(**kwargs)

    def trigger(self) -> Condition | None:
        """What it waits for; None when nothing."""
        given = self.model_dump(mode="json", include={"at", "after", "connection", "reading", "state"}, exclude_none=True)
        first = [condition_of({key: value}) for key, value in given.items()]
        if self.delivered is not None:
            first.append(OnAmount(amount="bolus", at_least=self.delivered))
        before = None if not first else first[0] if len(first) == 1 else AllOf(all=tuple(first))
        if self.when is None or before is None:
            return self.when or before
        return InOrder(then=(before, self.when))

    @classmethod
    def kind(cls) -> str:
        """The name of this kind of fault: ``lose_reply``."""
        return name_of(cls)

    @classmethod
    def symptom(cls) -> str:
        """What the client sees: the first paragraph of the docstring."""
        return summary(cls)
