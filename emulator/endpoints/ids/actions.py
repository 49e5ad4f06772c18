"""What can be done to a pump that is met through IDS: the actions of a pump, and those that name a record as IDS does."""

from pydantic import Field, model_validator

from isletbench.emulator.core.actions import Action, Actions
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.endpoints.ids.history import newest_of
from isletbench.emulator.pump import actions, manual
from isletbench.emulator.pump.amounts import out_of_range
from isletbench.emulator.pump.machine import Pump
from isletbench.protocols import ids

EVENTS = frozenset(event.__name__ for event in ids.EVENTS.operations.values())
"""The names of the events that a history can hold."""


class CorruptRecord(Action[Pump]):
    """A record of its history is damaged: whoever reads it finds it so (HIS-03)."""

    number: int | None = Field(default=None, ge=0, le=0xFFFFFFFF)
    event: str | None = None
    """The newest record of this event (``BolusDelivered1Of2``), instead of a number."""

    @model_validator(mode="after")
    def _one_of_them(self) -> "CorruptRecord":
        if (self.number is None) == (self.event is None):
            raise ValueError("expected number or event, and not both")
        if self.event is not None and self.event not in EVENTS:
            raise ValueError(f"event {self.event!r}: expected one of {', '.join(sorted(EVENTS))}")
        return self

    def do(self, machine: Pump, now: Instant) -> None:
        try:
            number = self.number if self.event is None else newest_of(machine.history, self.event)
        except LookupError as error:
            raise out_of_range(str(error)) from None
        assert number is not None
        manual.corrupt_record(machine, number, now)


ACTIONS: Actions[Pump] = actions.ACTIONS.extended_by(CorruptRecord)
"""Everything that can be done to the pump of an IDS endpoint."""
