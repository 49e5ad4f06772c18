"""Alarms that are silent, and a clock that no client may set."""

from dataclasses import replace
from datetime import datetime

import pytest

from isletbench.emulator.core.quantities import hours
from isletbench.emulator.endpoints.ids.service import pump_endpoint
from isletbench.emulator.pump import manual
from isletbench.emulator.pump.events import AnnunciationRaised, ClockSet
from isletbench.emulator.pump.profile import PumpProfile
from isletbench.protocols import companions, ids
from isletbench.protocols.att import AttCode
from isletbench.protocols.companions import AdjustReason, CurrentTime, LocalTimeInformation
from isletbench.protocols.date_time import DateTime
from isletbench.protocols.fields import DstOffset
from isletbench.protocols.ids import AnnunciationType, StatusFlag
from tests.harness.client import Refused, Talk
from tests.pump.talking import COMMAND, PROFILE, STOP, events, pump_of, talk

LATER = datetime(2026, 1, 1, 21, 30)  # noqa: DTZ001  # a device's calendar has no zone
UNSENT = replace(PROFILE, habits=replace(PROFILE.habits, sends_annunciations=False))


def told(client: Talk) -> tuple[int, int]:
    """How often a client was notified of annunciations, and of changes."""
    return len(client.heard(ids.ANNUNCIATION_STATUS)), len(client.heard(ids.STATUS_CHANGED))


@pytest.mark.parametrize("by_action", [True, False])
def test_an_annunciation_that_is_not_sent_can_be_read_and_stands_in_the_history(by_action: bool) -> None:
    client = talk(PROFILE if by_action else UNSENT)
    pump = pump_of(client)
    client.subscribe(ids.ANNUNCIATION_STATUS, ids.STATUS_CHANGED)
    pump.reset_status(StatusFlag(0xFFFF), 0)
    if by_action:
        manual.silence(pump, 0, sounds=True, sends=False)
    told(client)
    manual.report_issue(pump, AnnunciationType.MAX_DELIVERY, 0)
    client.pass_to(60_000)
    assert told(client) == (0, 0)
    assert pump.parts.status.changed == StatusFlag(0)
    assert client.read(ids.ANNUNCIATION_STATUS).annunciation.type is AnnunciationType.MAX_DELIVERY
    (record,) = events(client, ids.AnnunciationStatusChanged1Of2)
    assert isinstance(record, ids.AnnunciationStatusChanged1Of2)
    assert record.annunciation.type is AnnunciationType.MAX_DELIVERY


def test_when_it_is_sent_again_clients_are_notified_of_what_is_shown() -> None:
    client = talk()
    pump = pump_of(client)
    client.subscribe(ids.ANNUNCIATION_STATUS, ids.STATUS_CHANGED)
    manual.silence(pump, 0, sounds=True, sends=False)
    manual.report_issue(pump, AnnunciationType.MAX_DELIVERY, 0)
    client.pass_to(1_000)
    told(client)
    manual.silence(pump, 1_000, sounds=True, sends=True)
    client.pass_to(2_000)
    assert told(client)[0] == 1


def test_one_that_does_not_sound_says_so_in_the_ledger_and_is_sent() -> None:
    client = talk()
    pump = pump_of(client)
    client.subscribe(ids.ANNUNCIATION_STATUS)
    for sounds in (True, False):
        manual.silence(pump, 0, sounds=sounds, sends=True)
        manual.report_issue(pump, AnnunciationType.MAX_DELIVERY, 0)
    client.pass_to(1_000)
    assert [event.silent for _, event in pump.ledger.of(AnnunciationRaised)] == [None, True]
    assert told(client)[0] == 1


def clocked(profile: PumpProfile = PROFILE) -> Talk:
    client = talk(profile)
    return Talk(pump_endpoint("pump", pump_of(client), "IB-Pump"), companions.CURRENT_TIME, protected=False)


def set_it(client: Talk) -> None:
    wanted = CurrentTime(DateTime.of(LATER), LATER.isoweekday(), 0, AdjustReason.MANUAL_TIME_UPDATE)
    client.write(companions.TIME, wanted)


def refusal(client: Talk) -> object:
    with pytest.raises(Refused) as refused:
        set_it(client)
    return refused.value.code


def test_a_refused_clock_setting_changes_nothing_and_its_user_can_still_set_it() -> None:
    client = clocked()
    pump = pump_of(client)
    manual.lock_clock(pump, 0, on=True)
    shown, records = pump.shows(0), len(pump.history.entries)
    assert refusal(client) is AttCode.WRITE_REQUEST_REJECTED
    assert (pump.shows(0), len(pump.history.entries), pump.ledger.of(ClockSet)) == (shown, records, [])
    with pytest.raises(Refused):
        client.write(companions.LOCAL_TIME, LocalTimeInformation(4, DstOffset.STANDARD))
    pump.set_clock(LATER, 0)
    assert pump.shows(0) == LATER
    manual.lock_clock(pump, 0, on=False)
    pump.set_clock(shown, 0)
    set_it(client)
    assert pump.shows(0) == LATER


def test_a_make_lets_its_clock_be_set_always_when_stopped_or_never() -> None:
    never = clocked(replace(PROFILE, habits=replace(PROFILE.habits, lets_set_clock="never")))
    assert refusal(never) is AttCode.WRITE_REQUEST_REJECTED
    stopped = clocked(replace(PROFILE, habits=replace(PROFILE.habits, lets_set_clock="stopped")))
    assert refusal(stopped) is AttCode.WRITE_REQUEST_REJECTED
    pump_of(stopped).set_therapy(STOP, 0)
    set_it(stopped)
    assert pump_of(stopped).shows(0) == LATER


def test_silence_and_lock_survive_the_night_and_commands_are_answered_meanwhile() -> None:
    client = talk()
    pump = pump_of(client)
    manual.silence(pump, 0, sounds=False, sends=False)
    client.pass_to(hours(8))
    assert client.ask(COMMAND, ids.GetMaxBolusAmount()).amount == 30.0
    assert not pump.parts.annunciations.are_sent
