"""What a Paradigm pump answers and does, held to the pump machine behind it."""

import math
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from isletbench.emulator.core.notes import Committed, Decoded, Refused
from isletbench.emulator.core.quantities import days, hours, minutes, seconds, units
from isletbench.emulator.core.readings import GlucoseReading
from isletbench.emulator.endpoints.paradigm.messages import Ack, Nak
from isletbench.emulator.endpoints.paradigm.settings import ParadigmSettings
from isletbench.emulator.pump import manual
from isletbench.emulator.pump.bolus import Prescription
from isletbench.emulator.pump.fluid_path import Condition
from isletbench.protocols import ids
from isletbench.protocols.medtronic import answers, glucose, parameters, schedules, settings
from isletbench.protocols.medtronic.opcodes import NakCode, Opcode
from isletbench.protocols.medtronic.records import days as day_records
from isletbench.protocols.medtronic.records import events, insulin
from isletbench.protocols.packet import encode
from tests.endpoints.paradigm.paradigm import EPOCH, Paradigm

ONE_UNIT = {"723": parameters.BolusFortieths(40), "522": parameters.BolusTenths(10)}


@pytest.mark.parametrize("model", ["723", "522"])
def test_a_bolus_is_delivered_recorded_and_told(model: str) -> None:
    paradigm = Paradigm(model)
    assert paradigm.ask(Opcode.BOLUS, ONE_UNIT[model]) == Ack()
    assert [type(note) for note in paradigm.notes][::2] == [Decoded, Committed]
    decoded = paradigm.notes[0]
    assert isinstance(decoded, Decoded)
    assert decoded.operand == ids.SetBolus(ids.BolusType.FAST, 1.0, 0.0, 0)
    assert paradigm.read(Opcode.STATUS, answers.Status).bolusing == 1
    paradigm.wait(minutes(2))
    assert paradigm.read(Opcode.STATUS, answers.Status) == answers.Status()
    assert paradigm.pump.parts.totals.today[0] == units(1)
    bolus = paradigm.history()[-1]
    assert (bolus.programmed, bolus.delivered) == ((40, 40) if model == "723" else (10, 10))
    assert EPOCH < bolus.at <= EPOCH + timedelta(minutes=1)
    reservoir: type[Any] = answers.ReservoirFortieths if model == "723" else answers.ReservoirTenths
    left = paradigm.pump.parts.reservoir.shown
    assert left is not None
    assert paradigm.read(Opcode.RESERVOIR, reservoir).strokes == left * (40 if model == "723" else 10) // units(1)


def test_a_bolus_in_progress_refuses_another_one_and_a_moment_after_it_too() -> None:
    paradigm = Paradigm()
    tiny = parameters.BolusFortieths(1)
    assert paradigm.ask(Opcode.BOLUS, tiny) == Ack()
    for _ in range(2):
        assert paradigm.ask(Opcode.BOLUS, tiny) == Nak(NakCode.BOLUS_IN_PROGRESS)
        paradigm.wait(seconds(3))  # it is delivered by now
    assert paradigm.pump.parts.totals.today[0] == units("0.025")
    paradigm.wait(seconds(5))
    assert paradigm.ask(Opcode.BOLUS, tiny) == Ack()


def test_what_is_too_much_or_not_possible_is_refused_and_changes_nothing() -> None:
    paradigm = Paradigm()
    assert paradigm.ask(Opcode.BOLUS, parameters.BolusFortieths(26 * 40)) == Nak(NakCode.OUT_OF_RANGE)
    assert any(isinstance(note, Refused) for note in paradigm.notes)
    assert paradigm.ask(Opcode.TEMP_BASAL, parameters.TempBasal(36 * 40, 1)) == Nak(NakCode.OUT_OF_RANGE)
    assert paradigm.ask(Opcode.TEMP_BASAL, parameters.TempBasal(40, 49)) == Nak(NakCode.OUT_OF_RANGE)
    assert paradigm.ask(Opcode.BOLUS, b"\x01") == Nak(NakCode.OUT_OF_RANGE)
    assert paradigm.ask(Opcode.SUSPEND, parameters.Suspend(1)) == Ack()
    assert paradigm.ask(Opcode.BOLUS, ONE_UNIT["723"]) == Nak(NakCode.REFUSED)
    assert paradigm.read(Opcode.STATUS, answers.Status).suspended == 1
    assert paradigm.ask(Opcode(Opcode.NAK), None) == Nak(NakCode.REFUSED)
    assert paradigm.ask(Opcode.HISTORY_PAGE, b"\x07") == Nak(NakCode.INVALID_PAGE)
    assert paradigm.pump.parts.totals.today[0] == 0


def test_a_temp_basal_is_set_replaced_cancelled_and_recorded() -> None:
    paradigm = Paradigm()
    assert paradigm.ask(Opcode.TEMP_BASAL, parameters.TempBasal(50, 1)) == Ack()
    assert paradigm.pump.parts.basal.delivered_rate == units("1.25")
    paradigm.wait(minutes(10))
    assert paradigm.read(Opcode.TEMP_BASAL_STATUS, answers.TempBasalStatus) == answers.TempBasalStatus(0, 0, 50, 20)
    assert paradigm.ask(Opcode.TEMP_BASAL_PERCENT, parameters.TempBasalPercent(150, 2)) == Ack()
    assert paradigm.read(Opcode.TEMP_BASAL_STATUS, answers.TempBasalStatus) == answers.TempBasalStatus(1, 150, 0, 60)
    assert paradigm.read(Opcode.SETTINGS, settings.Settings523).temp_type == 1
    assert paradigm.ask(Opcode.TEMP_BASAL, parameters.TempBasal(0, 0)) == Ack()
    assert paradigm.ask(Opcode.TEMP_BASAL, parameters.TempBasal(0, 0)) == Ack()
    assert paradigm.pump.parts.tbr.active is None
    pairs = [(one.value, one.percent) for one in paradigm.history() if isinstance(one, insulin.TempBasalRate)]
    assert pairs == [(50, False), (150, True), (0, True)]
    lasting = [one.half_hours for one in paradigm.history() if isinstance(one, insulin.TempBasalDuration)]
    assert lasting == [1, 2, 0]


def test_suspension_ends_what_is_delivered_and_is_recorded() -> None:
    paradigm = Paradigm()
    paradigm.ask(Opcode.BOLUS, parameters.BolusFortieths(80))
    paradigm.wait(seconds(20))
    paradigm.ask(Opcode.SUSPEND, parameters.Suspend(1))
    paradigm.wait(minutes(5))
    paradigm.ask(Opcode.SUSPEND, parameters.Suspend(0))
    kinds = [type(one) for one in paradigm.history()]
    assert kinds[-4:] == [insulin.BolusFortieths, insulin.Suspended, insulin.Resumed, insulin.BasalProfileStart]
    bolus = paradigm.history()[-4]
    assert (bolus.programmed, bolus.delivered) == (80, paradigm.pump.parts.totals.today[0] * 40 // units(1))
    assert bolus.delivered < 80


def test_the_clock_is_set_and_the_history_says_so() -> None:
    paradigm = Paradigm()
    to = datetime.fromisoformat("2030-01-01T09:30:15")
    assert paradigm.ask(Opcode.SET_CLOCK, answers.Clock.of(to)) == Ack()
    assert paradigm.read(Opcode.CLOCK, answers.Clock).to_datetime() == to
    before, after = [one for one in paradigm.history() if isinstance(one, events.ClockChanged | events.NewClock)]
    assert (before.at, after.at) == (EPOCH, to)
    for wrong in (answers.Clock(0, 0, 0, 2030, 2, 30), answers.Clock(0, 0, 0, 1999, 2, 3)):
        assert paradigm.ask(Opcode.SET_CLOCK, wrong) == Nak(NakCode.OUT_OF_RANGE)


def test_the_blocks_of_the_profile_are_read_written_followed_and_recorded() -> None:
    paradigm = Paradigm()

    def profile(opcode: Opcode) -> tuple[schedules.BasalEntry, ...]:
        octets = b"".join(payload[1:] for payload in paradigm.data(opcode))
        return schedules.profile_of(octets)

    assert profile(Opcode.PROFILE_STD) == (schedules.BasalEntry(24, 0), schedules.BasalEntry(32, 13))
    assert profile(Opcode.PROFILE_A) == (schedules.BasalEntry(0, 0),)
    written = (schedules.BasalEntry(40, 0), schedules.BasalEntry(20, 20))
    assert paradigm.ask(Opcode.WRITE_PROFILE_A, schedules.profile_octets(written)) == Ack()
    assert profile(Opcode.PROFILE_A) == written
    paradigm.wait(minutes(40))
    starts = [one for one in paradigm.history() if isinstance(one, insulin.BasalProfileStart)]
    assert [(one.index, one.entry, one.at.time().isoformat()) for one in starts][-1] == (
        1,
        insulin.ProfileEntry(13, 32),
        "06:30:00",
    )
    assert paradigm.ask(Opcode.SELECT_PATTERN, parameters.SelectPattern(1)) == Ack()
    assert paradigm.pump.parts.basal.delivered_rate == units(1)
    assert paradigm.read(Opcode.SETTINGS, settings.Settings523).pattern == 1
    assert paradigm.ask(Opcode.SELECT_PATTERN, parameters.SelectPattern(2)) == Nak(NakCode.REFUSED)
    rewritten = (schedules.BasalEntry(36, 0),)
    assert paradigm.ask(Opcode.WRITE_PROFILE_A, schedules.profile_octets(rewritten)) == Ack()
    changed = [one for one in paradigm.history() if isinstance(one, insulin.ProfileBefore | insulin.ProfileAfter)]
    assert [(one.pattern, one.entries[0].rate) for one in changed] == [(1, 40), (1, 36)]
    assert paradigm.ask(Opcode.WRITE_PROFILE_A, b"\x01\x00\x09") == Nak(NakCode.OUT_OF_RANGE)


def test_limits_are_set_told_and_kept() -> None:
    paradigm = Paradigm()
    assert paradigm.ask(Opcode.SET_MAX_BOLUS, parameters.MaxBolus(50)) == Ack()
    assert paradigm.ask(Opcode.SET_MAX_BASAL, parameters.MaxBasal(80)) == Ack()
    told = paradigm.read(Opcode.SETTINGS, settings.Settings523)
    assert (told.max_bolus, told.max_basal) == (50, 80)
    assert paradigm.ask(Opcode.BOLUS, parameters.BolusFortieths(202)) == Nak(NakCode.OUT_OF_RANGE)
    assert paradigm.ask(Opcode.TEMP_BASAL, parameters.TempBasal(81, 1)) == Nak(NakCode.OUT_OF_RANGE)
    assert paradigm.ask(Opcode.SET_MAX_BASAL, parameters.MaxBasal(36 * 40)) == Nak(NakCode.OUT_OF_RANGE)
    assert isinstance(paradigm.history()[-1], insulin.MaxBasalChanged)


def test_an_occlusion_is_an_alarm_until_a_key_clears_it() -> None:
    paradigm = Paradigm()
    manual.set_condition(paradigm.pump, Condition(block=math.inf), paradigm.now)
    paradigm.ask(Opcode.BOLUS, parameters.BolusFortieths(200))
    paradigm.wait(hours(2))
    alarm = next(one for one in paradigm.history() if isinstance(one, events.Alarm))
    assert alarm.code is events.AlarmCode.NO_DELIVERY
    assert paradigm.read(Opcode.ERROR_STATUS, answers.ErrorStatus).code == events.AlarmCode.NO_DELIVERY
    assert paradigm.ask(Opcode.BUTTON, parameters.Button(2)) == Ack()
    assert paradigm.read(Opcode.ERROR_STATUS, answers.ErrorStatus).code == 0
    assert any(isinstance(one, events.AlarmCleared) for one in paradigm.history())


def test_a_battery_and_a_reservoir_that_run_low_are_told_and_recorded() -> None:
    paradigm = Paradigm()
    assert paradigm.read(Opcode.BATTERY, answers.Battery) == answers.Battery(0, 150)
    manual.replace_battery(paradigm.pump, paradigm.now, level=10)
    paradigm.wait(seconds(1))
    assert paradigm.read(Opcode.BATTERY, answers.Battery).low == 1
    assert {events.BatteryChanged, events.LowBattery} <= {type(one) for one in paradigm.history()}
    manual.detach_reservoir(paradigm.pump, paradigm.now)
    assert paradigm.read(Opcode.RESERVOIR, answers.ReservoirFortieths).strokes == 0
    assert isinstance(paradigm.history()[-1], events.Rewound | insulin.Suspended)


def test_days_are_summed_up() -> None:
    paradigm = Paradigm()
    paradigm.ask(Opcode.BOLUS, ONE_UNIT["723"])
    paradigm.wait(days(1))
    totals = paradigm.read(Opcode.DAILY_TOTALS, answers.DailyTotals)
    total = next(one for one in paradigm.history() if isinstance(one, day_records.DailyTotal23))
    assert total.day == EPOCH.date()
    assert totals.yesterday == total.fortieths // 4
    assert totals.today > 0


def test_pages_turn_and_the_oldest_gives_way() -> None:
    paradigm = Paradigm()
    for _ in range(60):
        for rate in (50, 60):
            paradigm.ask(Opcode.TEMP_BASAL, parameters.TempBasal(rate, 1))
        paradigm.wait(minutes(1))
    last = paradigm.read(Opcode.LAST_HISTORY_PAGE, answers.LastHistoryPage).number
    assert last == 1
    newest, oldest = paradigm.history(0), paradigm.history(last)
    rates = [one for one in (*oldest, *newest) if isinstance(one, insulin.TempBasalRate)]
    assert [one.value for one in rates] == [50, 60] * 60
    assert Paradigm("512").ask(Opcode.LAST_HISTORY_PAGE) == Nak(NakCode.REFUSED)


def test_a_damaged_record_is_a_page_with_a_wrong_crc() -> None:
    paradigm = Paradigm()
    paradigm.ask(Opcode.BOLUS, ONE_UNIT["723"])
    paradigm.wait(minutes(2))
    assert paradigm.history()
    newest = paradigm.pump.history.entries.newest
    assert newest is not None
    manual.corrupt_record(paradigm.pump, newest.number, paradigm.now)
    paradigm.wait(0)
    with pytest.raises(Exception, match="CRC"):
        paradigm.history()


def test_what_is_remembered_survives_in_a_state_file() -> None:
    paradigm = Paradigm()
    paradigm.ask(Opcode.SET_MAX_BASAL, parameters.MaxBasal(80))
    paradigm.ask(Opcode.BOLUS, ONE_UNIT["723"])
    paradigm.wait(minutes(2))
    pages, again = paradigm.history(), Paradigm()
    again.state.restore(paradigm.state.snapshot())
    again.pump = again.state.pump
    assert again.state.history.pages.back(0) == paradigm.state.history.pages.back(0)
    assert again.state.max_basal == 80
    assert pages


@pytest.mark.parametrize(("model", "kind"), [("512", settings.Settings512), ("722", settings.Settings515)])
def test_settings_are_laid_out_by_generation(model: str, kind: type[Any]) -> None:
    paradigm = Paradigm(model)
    opcode = Opcode.SETTINGS_512 if model == "512" else Opcode.SETTINGS
    told = paradigm.read(opcode, kind)
    assert (told.max_bolus, told.max_basal) == (250, 35 * 40)
    other = Opcode.SETTINGS if model == "512" else Opcode.SETTINGS_512
    assert paradigm.ask(other) == Nak(NakCode.REFUSED)


def test_ratios_sensitivities_and_targets_are_those_of_the_rig_until_the_pump_has_its_own() -> None:
    paradigm = Paradigm(carb_ratio=12, sensitivity=45, target=(90, 120))
    assert paradigm.data(Opcode.CARB_RATIOS)[0][:6].hex(" ") == "19 01 01 00 00 78"
    assert paradigm.read(Opcode.SENSITIVITIES, schedules.Values).entries[0] == schedules.SlotValue(0, 45)
    assert paradigm.read(Opcode.TARGETS, schedules.Targets).entries[0] == schedules.TargetEntry(0, 90, 120)
    older = Paradigm("512", carb_ratio=12, target=(90, 120))
    assert older.read(Opcode.CARB_RATIOS, schedules.Ratios10).entries[0] == schedules.Ratio10(0, 12)
    assert older.read(Opcode.TARGETS_512, schedules.Values).entries[0] == schedules.SlotValue(0, 105)


def test_every_read_answers_something() -> None:
    paradigm = Paradigm()
    for opcode in (Opcode.FIRMWARE, Opcode.REMOTE_IDS, Opcode.PUMP_STATE, Opcode.WIZARD_ENABLED, Opcode.CALIBRATION_FACTOR):
        assert not isinstance(paradigm.ask(opcode), Nak | Ack)
    assert paradigm.read(Opcode.PUMP_ID, answers.PumpId).serial == "208850"
    assert paradigm.ask(Opcode.WRITE_CGM_TIMESTAMP) == Ack()
    assert len(paradigm.page(Opcode.VCNTR_PAGE, b"\x00")) == 1022
    assert paradigm.ask(Opcode.ISIG_PAGE, encode(parameters.GlucosePageNumber(0)))


@pytest.mark.parametrize("shown", ["1999-12-31T23:59:50", "2127-12-31T23:59:50", "2400-02-29T12:00:00"])
def test_a_clock_beyond_what_a_stamp_holds_leaves_the_history_readable(shown: str) -> None:
    paradigm = Paradigm()
    paradigm.pump.set_clock(datetime.fromisoformat(shown), paradigm.now)
    paradigm.ask(Opcode.BOLUS, ONE_UNIT["723"])
    paradigm.wait(days(1))
    paradigm.pump.receive_glucose([GlucoseReading(paradigm.now, 120.0)], paradigm.now)
    paradigm.wait(0)
    assert any(isinstance(one, insulin.BolusFortieths) for one in paradigm.history())
    assert all(2000 <= one.at.year <= 2127 for one in paradigm.history() if hasattr(one, "at"))
    assert paradigm.page(Opcode.GLUCOSE_PAGE, parameters.GlucosePageNumber(0))


def test_glucose_of_its_cgm_is_in_pages_with_gaps_and_lost_readings() -> None:
    paradigm = Paradigm()
    for minute, mg_dl in ((0, 110.0), (5, 113.0), (10, None), (15, 30.0), (60, 420.0)):
        paradigm.wait(minutes(minute) - paradigm.now)
        paradigm.pump.receive_glucose([GlucoseReading(paradigm.now, mg_dl)], paradigm.now)
        paradigm.wait(0)
    info = paradigm.read(Opcode.GLUCOSE_PAGE_INFO, answers.GlucosePageInfo)
    assert (info.newest, info.glucose_pages) == (0, 1)
    records = glucose.records_of(paradigm.page(Opcode.GLUCOSE_PAGE, parameters.GlucosePageNumber(0)))
    stamps = [one.stamp for one in records if isinstance(one, glucose.TimeStamp)]
    assert [stamp.by_hour for stamp in stamps] == [glucose.StampKind.LAST_RF, glucose.StampKind.GAP]
    told = [(at.strftime("%H:%M"), getattr(one, "mg_dl", None)) for at, one in glucose.timed(records)]
    assert told == [("06:00", 110), ("06:05", 112), ("06:10", None), ("06:15", 40), ("07:00", 400)]
    assert paradigm.ask(Opcode.GLUCOSE_PAGE, parameters.GlucosePageNumber(1)) == Nak(NakCode.INVALID_PAGE)


ENTERED = [
    *("meter_glucose", "glucose", "carbohydrate", "exercise", "other", "auto_off", "wizard", "wizard_setup", "temp_basal_type"),
    *("time_format", "alarm_type", "reminder", "reservoir_warning", "reservoir_warning_type", "capture", "remote"),
    *("device_linked", "device_added", "device_removed"),
]


def test_what_is_entered_on_the_pump_is_recorded_and_read() -> None:
    entries = [{"at": f"{number}m", "entry": word, "value": 1} for number, word in enumerate(ENTERED, start=1)]
    entries[0]["value"], entries[1]["value"], entries[2]["value"] = 155, 300, 260
    entries[6]["value"] = 0
    paradigm = Paradigm(entries=entries)
    assert paradigm.state.next_entry == minutes(1)
    for _ in ENTERED:
        paradigm.wait(minutes(1))
        paradigm.state.enter(paradigm.now)
    assert paradigm.state.next_entry is None
    found = paradigm.history()[-len(ENTERED) :]
    assert len({type(one) for one in found}) == len(ENTERED)
    meter, captured, meal = found[:3]
    assert (meter.mg_dl, captured.value, meal.carbs_high << 8 | meal.carbs_low) == (155, 300, 260)
    assert [one.at - EPOCH for one in found] == [timedelta(minutes=number) for number in range(1, len(ENTERED) + 1)]
    assert paradigm.read(Opcode.WIZARD_ENABLED, answers.Octet).value == 0
    told = paradigm.read(Opcode.SETTINGS, settings.Settings523)
    assert (told.auto_off, told.temp_type) == (1, 1)
    again = Paradigm(entries=entries)
    again.state.restore(paradigm.state.snapshot())
    assert (again.state.next_entry, again.state.chosen) == (None, paradigm.state.chosen)


def test_a_bolus_of_the_wizard_is_recorded_with_what_still_acts() -> None:
    paradigm = Paradigm()
    paradigm.ask(Opcode.BOLUS, ONE_UNIT["723"])
    paradigm.wait(minutes(30))
    wanted = Prescription(type=ids.BolusType.FAST, fast=units(2))
    advised = (units("1.5"), units("0.5"), 0, 0)
    paradigm.pump.set_bolus(wanted, paradigm.now, calculated=(advised, advised))
    paradigm.wait(minutes(5))
    acting, wizard, bolus = paradigm.history()[-3:]
    (dose,) = acting.doses
    assert (dose.strokes, dose.age) == (40, 29)
    assert (wizard.food, wizard.correction, wizard.estimate) == (60, 20, 80)
    assert 0 < wizard.unabsorbed < 40
    assert bolus.delivered == 80


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"entries": [{"at": "2m", "entry": "reminder"}, {"at": "1m", "entry": "reminder"}]}, "in the order of their times"),
        ({"model": "522", "entries": [{"at": "2m", "entry": "exercise"}]}, "expected with a model from 523 on"),
        ({"entries": [{"at": "2m", "entry": "auto_off", "value": 300}]}, "expected 0 to 255 for auto_off"),
        ({"entries": [{"at": "2m", "entry": "supper"}]}, "entry"),
    ],
    ids=str,
)
def test_an_entry_that_cannot_be_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        ParadigmSettings.model_validate(wrong)
