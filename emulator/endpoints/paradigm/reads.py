"""The reads of a Paradigm pump: each op code with what it answers, taken from the pump at that moment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from isletbench.emulator.core.quantities import Instant, minutes
from isletbench.emulator.endpoints.paradigm.history import UU, fortieths_of, slots_of, strokes_of
from isletbench.emulator.endpoints.paradigm.state import State
from isletbench.emulator.pump.adjustment import WHOLE
from isletbench.emulator.pump.template import ProfileBlock, ProfileTemplate
from isletbench.emulator.pump.wall_clock import DAY
from isletbench.protocols.ids import AnnunciationType, TbrType, TemplateType
from isletbench.protocols.medtronic import answers, pages, radio, schedules, settings
from isletbench.protocols.medtronic.opcodes import Generation, NakCode, Opcode
from isletbench.protocols.packet import encode

MG_DL, GRAMS = 1, 1
FULL, EMPTY = 150, 110
"""The voltage of a full and of an empty battery, 1/100 V: an alkaline AAA cell."""
CALIBRATION = 3_000
"""The calibration factor, 1/1000 mg/dL/nA: readings come from a CGM that is calibrated by itself."""
ALERT_VOLUME = 2
"""Beeps of medium volume."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A read that is refused, and why."""

    code: NakCode
    why: str


Payloads = tuple[bytes, ...] | Rejection
"""The long payloads of an answer, one or several, or its refusal."""


def _one(data: bytes) -> Payloads:
    return (radio.counted(data),)


def _clock(state: State, now: Instant, _: Any) -> Payloads:
    return _one(encode(answers.Clock.of(state.pump.parts.clock.reading(now))))


def _pump_id(state: State, now: Instant, _: Any) -> Payloads:
    return _one(encode(answers.PumpId(state.settings.serial_number)))


def _battery(state: State, now: Instant, _: Any) -> Payloads:
    level = state.pump.battery_level(now)
    low = state.pump.parts.annunciations.has(AnnunciationType.BATTERY_LOW) or level <= 20
    return _one(encode(answers.Battery(int(low), EMPTY + (FULL - EMPTY) * level // 100)))


def _reservoir(state: State, now: Instant, _: Any) -> Payloads:
    strokes = strokes_of(state.pump.parts.reservoir.shown or 0, state.generation.strokes)
    kind = answers.ReservoirFortieths if state.generation is Generation.X23 else answers.ReservoirTenths
    return _one(encode(kind(strokes)))


def _firmware(state: State, now: Instant, _: Any) -> Payloads:
    return _one(answers.firmware(state.settings.firmware))


def _error_status(state: State, now: Instant, _: Any) -> Payloads:
    return _one(encode(answers.ErrorStatus(state.alarm)))


def _remote_ids(state: State, now: Instant, _: Any) -> Payloads:
    return _one(encode(answers.RemoteIds()))


def _daily_totals(state: State, now: Instant, _: Any) -> Payloads:
    totals = state.pump.parts.totals
    begins = totals.day_began - DAY
    today = sum(totals.today)
    yesterday = totals.since(begins, bolus=True) + totals.since(begins, bolus=False) - today
    return _one(encode(answers.DailyTotals(*(min(strokes_of(amount, 10), 0xFFFF) for amount in (today, yesterday)))))


def _constant(value: int) -> "Read":
    return lambda state, now, _: _one(encode(answers.Octet(value)))


def _wizard_enabled(state: State, now: Instant, _: Any) -> Payloads:
    return _one(encode(answers.Octet(state.chosen.get("wizard", 1))))


def _model(state: State, now: Instant, _: Any) -> Payloads:
    return _one(encode(answers.Model(state.settings.model)))


def _template(state: State, type_: TemplateType) -> tuple[ProfileBlock, ...]:
    """The blocks of the profile of a type that is followed, or of the first one that is configured; none without any."""
    templates = state.pump.parts.templates
    owner = templates.of_type(type_)
    numbers = [] if owner is None else [templates.activated.get(type_, owner.first), *owner.numbers]
    found = next((templates.configured[number] for number in numbers if number in templates.configured), None)
    return found.blocks if isinstance(found, ProfileTemplate) else ()


def _entries(blocks: tuple[ProfileBlock, ...], otherwise: tuple[float, ...]) -> list[tuple[int, tuple[float, ...]]]:
    """The first entries of a schedule, as many as fit: slot and values."""
    begins, found = 0, []
    for block in blocks or (ProfileBlock(24 * 60, otherwise),):
        found.append((begins // 30, block.values))
        begins += block.minutes
    return found[: schedules.ENTRIES]


def _carb_ratios(state: State, now: Instant, _: Any) -> Payloads:
    found = _entries(_template(state, TemplateType.I2CHO_RATIO_PROFILE), (state.settings.carb_ratio,))
    if state.generation is not Generation.X23:
        small = tuple(schedules.Ratio10(slot, min(round(ratio), 0xFF)) for slot, (ratio,) in found)
        return _one(encode(schedules.Ratios10(GRAMS, schedules.eight(small, schedules.Ratio10(0, 0)))))
    large = tuple(schedules.Ratio40(slot, min(round(10 * ratio), 0xFFFF)) for slot, (ratio,) in found)
    filled = schedules.eight(large, schedules.Ratio40(0, 0))
    return (radio.long_payload(schedules.RATIOS_40_LEAD, encode(schedules.Ratios40(GRAMS, len(large), filled))),)


def _sensitivities(state: State, now: Instant, _: Any) -> Payloads:
    found = _entries(_template(state, TemplateType.ISF_PROFILE), (state.settings.sensitivity,))
    entries = tuple(schedules.sensitivity(slot, min(round(value), 0x1FF)) for slot, (value,) in found)
    return _one(encode(schedules.Values(MG_DL, schedules.eight(entries, schedules.SlotValue(0, 0)))))


def _targets(state: State, now: Instant, _: Any) -> Payloads:
    found = _entries(_template(state, TemplateType.TARGET_GLUCOSE_RANGE_PROFILE), state.settings.target)
    ranges = [(slot, *(min(round(bound), 0xFF) for bound in bounds)) for slot, bounds in found]
    if state.generation is Generation.X12:
        middles = tuple(schedules.SlotValue(slot, (low + high) // 2) for slot, low, high in ranges)
        return _one(encode(schedules.Values(MG_DL, schedules.eight(middles, schedules.SlotValue(0, 0)))))
    entries = tuple(schedules.TargetEntry(*one) for one in ranges)
    return _one(encode(schedules.Targets(MG_DL, schedules.eight(entries, schedules.TargetEntry(0, 0, 0)))))


def _settings(state: State, now: Instant, _: Any) -> Payloads:
    auto_off = state.chosen.get("auto_off", 0)
    common = (auto_off, ALERT_VOLUME, 0, 1, 0, min(strokes_of(state.pump.parts.boluses.max_amount, 10), 0xFF), state.max_basal)
    pattern, clock = state.pattern, state.chosen.get("time_format", 1)
    patterns = int(len(state.configured_patterns) > 1)
    action = round(state.pump.profile.action.duration / minutes(60))
    low = state.pump.profile.low_reservoir // UU
    match state.generation:
        case Generation.X12:
            return _one(encode(settings.Settings512(*common, clock, 0, patterns, pattern, 1, 0, 0)))
        case Generation.X15:
            middle = (clock, 0, patterns, pattern, 1, 0, int(state.percent), 100)
            return _one(encode(settings.Settings515(*common, *middle, 0, action, 0, low, 0)))
        case Generation.X23:
            percent = int(state.percent)
            rest = (0, patterns, pattern, 1, 0, percent, 100, 0, action, 0, low)
            return _one(encode(settings.Settings523(*common, *rest, keypad_lock=0)))


def _profile(pattern: int) -> "Read":
    def read(state: State, now: Instant, _: Any) -> Payloads:
        profile = state.profile(pattern)
        entries = [] if profile is None else [schedules.BasalEntry(rate, slot) for slot, rate in slots_of(profile)]
        return radio.frames(schedules.profile_octets(entries[: schedules.SLOTS]))

    return read


def _temp_basal(state: State, now: Instant, _: Any) -> Payloads:
    tbr = state.pump.parts.tbr.active
    if tbr is None:
        return _one(encode(answers.TempBasalStatus(int(state.percent), 0, 0, 0)))
    left = -((now - tbr.ends_at) // minutes(1))
    if tbr.wanted.type is TbrType.RELATIVE:
        return _one(encode(answers.TempBasalStatus(1, tbr.wanted.value * 100 // WHOLE, 0, left)))
    return _one(encode(answers.TempBasalStatus(0, 0, fortieths_of(tbr.wanted.value), left)))


def _last_history_page(state: State, now: Instant, _: Any) -> Payloads:
    if state.generation is Generation.X12:
        return Rejection(NakCode.REFUSED, "this generation does not count its history pages")
    state.history.follow()
    return _one(encode(answers.LastHistoryPage(len(state.history.pages) - 1)))


def _history_page(state: State, now: Instant, asked: Any) -> Payloads:
    state.history.follow()
    page = state.history.pages.back(asked.number)
    if page is None:
        return Rejection(NakCode.INVALID_PAGE, f"there is no history page {asked.number}")
    return radio.frames(page)


def _glucose_page_info(state: State, now: Instant, _: Any) -> Payloads:
    memory = state.glucose.pages
    return _one(encode(answers.GlucosePageInfo(memory.newest, len(memory), 0)))


def _glucose_page(state: State, now: Instant, asked: Any) -> Payloads:
    page = state.glucose.pages.numbered(asked.number)
    if page is None:
        return Rejection(NakCode.INVALID_PAGE, f"there is no glucose page {asked.number}")
    return radio.frames(page)


def _isig_page(state: State, now: Instant, _: Any) -> Payloads:
    return radio.frames(pages.sealed_isig(b""))


def _vcntr_page(state: State, now: Instant, _: Any) -> Payloads:
    return radio.frames(pages.sealed(b""))


def _calibration_factor(state: State, now: Instant, _: Any) -> Payloads:
    return _one(encode(answers.CalibrationFactor(CALIBRATION)))


def _status(state: State, now: Instant, _: Any) -> Payloads:
    suspended = not state.pump.parts.therapy.runs
    return _one(encode(answers.Status(bolusing=int(state.boluses(now)), suspended=int(suspended))))


Read = Callable[[State, Instant, Any], Payloads]
READS: Mapping[int, Read] = {
    Opcode.CLOCK: _clock,
    Opcode.PUMP_ID: _pump_id,
    Opcode.BATTERY: _battery,
    Opcode.RESERVOIR: _reservoir,
    Opcode.FIRMWARE: _firmware,
    Opcode.ERROR_STATUS: _error_status,
    Opcode.REMOTE_IDS: _remote_ids,
    Opcode.DAILY_TOTALS: _daily_totals,
    Opcode.HISTORY_PAGE: _history_page,
    Opcode.PUMP_STATE: _constant(0),
    Opcode.WIZARD_ENABLED: _wizard_enabled,
    Opcode.CARB_UNITS: _constant(GRAMS),
    Opcode.GLUCOSE_UNITS: _constant(MG_DL),
    Opcode.CARB_RATIOS: _carb_ratios,
    Opcode.SENSITIVITIES: _sensitivities,
    Opcode.MODEL: _model,
    Opcode.PROFILE_STD: _profile(0),
    Opcode.PROFILE_A: _profile(1),
    Opcode.PROFILE_B: _profile(2),
    Opcode.TEMP_BASAL_STATUS: _temp_basal,
    Opcode.GLUCOSE_PAGE: _glucose_page,
    Opcode.ISIG_PAGE: _isig_page,
    Opcode.CALIBRATION_FACTOR: _calibration_factor,
    Opcode.LAST_HISTORY_PAGE: _last_history_page,
    Opcode.GLUCOSE_PAGE_INFO: _glucose_page_info,
    Opcode.STATUS: _status,
    Opcode.VCNTR_PAGE: _vcntr_page,
}
"""The reads of every generation."""
ONLY: Mapping[Generation, Mapping[int, Read]] = {
    Generation.X12: {Opcode.SETTINGS_512: _settings, Opcode.TARGETS_512: _targets},
    Generation.X15: {Opcode.SETTINGS: _settings, Opcode.TARGETS: _targets},
    Generation.X23: {Opcode.SETTINGS: _settings, Opcode.TARGETS: _targets},
}
"""Those that a generation answers under an op code of its own."""
