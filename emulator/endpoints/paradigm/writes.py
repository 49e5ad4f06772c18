"""The commands of a Paradigm pump: what each asks of the pump machine. Raises ``Refused`` where the pump does not do it."""

from collections.abc import Callable, Mapping
from typing import Any

from isletbench.emulator.core.quantities import Instant, minutes
from isletbench.emulator.endpoints.paradigm.history import UU, storable
from isletbench.emulator.endpoints.paradigm.state import State
from isletbench.emulator.pump import manual
from isletbench.emulator.pump.adjustment import WHOLE, Adjustment
from isletbench.emulator.pump.amounts import out_of_range
from isletbench.emulator.pump.bolus import Prescription
from isletbench.emulator.pump.operations import checked
from isletbench.emulator.pump.states import Reason, Refused
from isletbench.emulator.pump.template import DAY_MINUTES, ProfileBlock, ProfileTemplate
from isletbench.protocols.errors import WireError
from isletbench.protocols.ids import BolusActivation, BolusType, Feature, TbrType, TemplateType, TherapyControlState
from isletbench.protocols.medtronic import schedules
from isletbench.protocols.medtronic.opcodes import Opcode
from isletbench.protocols.medtronic.records import insulin

FORTIETH = UU // 40
"""uU"""
TENTH = UU // 10
"""uU"""
ESC, ACT = 1, 2
"""The keys that clear what the pump shows."""


def _bolus(state: State, now: Instant, asked: Any) -> None:
    if state.boluses(now):
        raise Refused(Reason.TOO_MANY_BOLUSES, "a bolus is in progress")
    remote = BolusActivation.COMMANDED if Feature.BOLUS_ACTIVATION_TYPE in state.pump.profile.features else None
    amount = asked.strokes * UU // state.generation.strokes
    state.pump.set_bolus(Prescription(type=BolusType.FAST, fast=amount, activation=remote), now)


def _temp_basal(state: State, now: Instant, asked: Any) -> None:
    if asked.rate > state.max_basal:
        raise out_of_range(f"{asked.rate / 40:g} U/h is more than the {state.max_basal / 40:g} U/h that are allowed")
    _set(state, Adjustment(type=TbrType.ABSOLUTE, value=asked.rate * FORTIETH, duration=minutes(30 * asked.half_hours)), now)


def _temp_basal_percent(state: State, now: Instant, asked: Any) -> None:
    value = asked.percent * WHOLE // 100
    _set(state, Adjustment(type=TbrType.RELATIVE, value=value, duration=minutes(30 * asked.half_hours)), now)


def _set(state: State, wanted: Adjustment, now: Instant) -> None:
    runs = state.pump.parts.tbr.active is not None
    if wanted.duration:
        state.pump.set_tbr(wanted, now, change=runs)
        state.percent = wanted.type is TbrType.RELATIVE
    elif runs:
        state.pump.cancel_tbr(now)


def _suspend(state: State, now: Instant, asked: Any) -> None:
    state.pump.set_therapy(TherapyControlState.STOP if asked.on else TherapyControlState.RUN, now)


def _set_clock(state: State, now: Instant, asked: Any) -> None:
    try:
        to = asked.to_datetime()
    except WireError as error:
        raise out_of_range(str(error)) from None
    if not 2000 <= to.year <= 2127:
        raise out_of_range(f"the year {to.year} is outside 2000..2127")
    state.pump.set_clock(to, now, by_client=True)


def _set_max_bolus(state: State, now: Instant, asked: Any) -> None:
    state.pump.set_max_bolus(asked.tenths * TENTH, now)


def _set_max_basal(state: State, now: Instant, asked: Any) -> None:
    if asked.fortieths * FORTIETH > state.pump.profile.limits.rate:
        raise out_of_range(f"{asked.fortieths / 40:g} U/h is more than this pump can deliver")
    state.max_basal = asked.fortieths
    state.history.write(insulin.MaxBasalChanged(asked.fortieths & 0xFF, storable(state.pump.shows(now))))


def _select_pattern(state: State, now: Instant, asked: Any) -> None:
    state.pump.activate([state.pump.profile.basal_templates.first + asked.pattern], now)


def _write_profile(pattern: int) -> "Write":
    def write(state: State, now: Instant, asked: Any) -> None:
        try:
            entries = schedules.profile_of(asked)
        except WireError as error:
            raise out_of_range(str(error)) from None
        if not entries:
            raise out_of_range("a basal profile needs an entry")
        starts = [30 * entry.slot for entry in entries]
        ends = [*starts[1:], DAY_MINUTES]
        type_ = TemplateType.BASAL_RATE_PROFILE
        blocks = [
            checked(state.pump.parts, type_, ProfileBlock(end - start, (entry.rate / 40,)))
            for entry, start, end in zip(entries, starts, ends, strict=True)
        ]
        if max(entry.rate for entry in entries) > state.max_basal:
            raise out_of_range(f"a rate is more than the {state.max_basal / 40:g} U/h that are allowed")
        number = state.pump.profile.basal_templates.first + pattern
        state.pump.store(number, type_, ProfileTemplate(tuple(blocks)), now)

    return write


def _button(state: State, now: Instant, asked: Any) -> None:
    if asked.key in {ESC, ACT} and state.pump.parts.annunciations.active:
        manual.acknowledge(state.pump, now)


def _nothing(state: State, now: Instant, asked: Any) -> None:
    """The time stamp of a sensor that is not part of the pump."""


Write = Callable[[State, Instant, Any], None]
WRITES: Mapping[int, Write] = {
    Opcode.BOLUS: _bolus,
    Opcode.TEMP_BASAL: _temp_basal,
    Opcode.TEMP_BASAL_PERCENT: _temp_basal_percent,
    Opcode.SUSPEND: _suspend,
    Opcode.SET_CLOCK: _set_clock,
    Opcode.SET_MAX_BOLUS: _set_max_bolus,
    Opcode.SET_MAX_BASAL: _set_max_basal,
    Opcode.SELECT_PATTERN: _select_pattern,
    Opcode.WRITE_PROFILE_STD: _write_profile(0),
    Opcode.WRITE_PROFILE_A: _write_profile(1),
    Opcode.WRITE_PROFILE_B: _write_profile(2),
    Opcode.BUTTON: _button,
    Opcode.WRITE_CGM_TIMESTAMP: _nothing,
}
"""The commands of every generation."""
