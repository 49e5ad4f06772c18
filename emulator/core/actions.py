"""Actions on a device from outside, by a person or by the world: insert a sensor, change a battery, set a clock.

Each kind of device contributes one table, ``Actions``; an action is declared as a class whose fields are its arguments and
whose docstring says what happens. The command line (``isletbench do``), the control API, scenarios and faults all read the
tables, so an action that is added there can be used everywhere.
"""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import ValidationError

from isletbench.emulator.core.models import Part
from isletbench.emulator.core.problems import first_problem
from isletbench.emulator.core.quantities import Instant

M = TypeVar("M")


class CannotDo(ValueError):
    """An action is unknown, or not possible in this state; one sentence says why. Nothing has changed."""


class Action(Part, Generic[M]):
    """One action on a machine of type ``M``. Fields are its arguments."""

    on_radio: ClassVar[bool] = False
    """Whether it acts on the radio of a device, not on the machine behind it."""

    def do(self, machine: M, now: Instant) -> None:
        """Perform the action. Raises what the table calls ``refused`` when the machine cannot."""
        raise NotImplementedError


def name_of(cls: type) -> str:
    """``ReplaceBattery`` as ``replace_battery``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()


class Actions(Generic[M]):
    """The table of one kind of device.

    ``refused`` are the exceptions that mean "not in this state". ``clock`` and ``set_clock`` reach the device's own clock,
    where it has one: the clock faults need no more.
    """

    is_real = False
    """Whether the device is a real one, whose time no bench changes."""

    def __init__(
        self,
        kind: str,
        actions: Iterable[type[Action[M]]],
        *,
        refused: tuple[type[Exception], ...] = (),
        clock: Callable[[M, Instant], datetime] | None = None,
        set_clock: Callable[[M, datetime, Instant], object] | None = None,
    ) -> None:
        self.kind = kind
        self.by_name: dict[str, type[Action[M]]] = {name_of(action): action for action in actions}
        self._refused: tuple[type[Exception], ...] = (CannotDo, *refused)
        self._clock, self._set_clock = clock, set_clock

    def extended_by(self, *actions: type[Action[M]]) -> "Actions[M]":
        """This table with more actions at its end."""
        return Actions(
            self.kind,
            (*self.by_name.values(), *actions),
            refused=self._refused,
            clock=self._clock,
            set_clock=self._set_clock,
        )

    def parse(self, name: str, arguments: dict[str, Any]) -> Action[M]:
        """The action of this name with these arguments. Raises ``CannotDo`` saying what was expected."""
        if name not in self.by_name:
            raise CannotDo(f"action {name!r}: a {self.kind} knows {', '.join(self.by_name)}")
        try:
            return self.by_name[name].model_validate(arguments)
        except ValidationError as error:
            raise CannotDo(f"{name}: {first_problem(error, self.by_name[name])}") from None

    def do(self, action: Action[M], machine: M, now: Instant) -> None:
        """Perform an action. Raises ``CannotDo`` when the machine cannot."""
        try:
            action.do(machine, now)
        except self._refused as error:
            raise CannotDo(f"{name_of(type(action))}: {error}") from None

    def clock(self, machine: M, now: Instant) -> datetime:
        """The date and time that the machine shows. Raises ``CannotDo`` for a machine without a clock."""
        if self._clock is None:
            raise CannotDo(f"a {self.kind} has no clock")
        return self._clock(machine, now)

    def set_clock(self, machine: M, shown: datetime, now: Instant) -> None:
        """Set the clock of the machine. Raises ``CannotDo`` for a machine without a clock."""
        if self._set_clock is None:
            raise CannotDo(f"a {self.kind} has no clock")
        self._set_clock(machine, shown, now)
