"""What a collector can read of a pump, when it is told of it, and what guards it."""

from dataclasses import replace

import pytest

from isletbench.emulator.core.quantities import hours, minutes, seconds, units
from isletbench.emulator.endpoints.ids.service import pump_endpoint
from isletbench.emulator.gatt import Connected, Disconnected, ErrorResponse, Read, ReadResponse, Secured, Security, Write
from isletbench.emulator.pump import manual
from isletbench.emulator.pump.fluid_path import Condition
from isletbench.emulator.pump.machine import Pump
from isletbench.emulator.pump.profile import PROFILES, PumpProfile
from isletbench.protocols import companions, ids
from isletbench.protocols.att import AttCode, Property
from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.code_words import is_code_word
from isletbench.protocols.fields import SFLOAT, Special
from isletbench.protocols.ids import (
    AnnunciationStatus,
    AnnunciationType,
    BolusType,
    Feature,
    IdsErrorCode,
    OperationalState,
    Response,
    StatusFlag,
    TbrType,
    TherapyControlState,
)
from isletbench.protocols.racp import Operation, Operator, Request, Selection
from tests.harness.client import Refused, Talk
from tests.harness.conformance import conforms
from tests.pump.talking import (
    BARE,
    COMMAND,
    DATA,
    EPOCH,
    HISTORY,
    PAUSE,
    PROFILE,
    RACP,
    READER,
    RUN,
    STOP,
    bolus,
    pump_of,
    records_of,
    talk,
)

ALL = StatusFlag((1 << 8) - 1)


def octets(made: Talk, characteristic: object) -> bytes:
    """A value as it is read, envelope and all."""
    handle = made.device.table.of(ids.SERVICE, characteristic.uuid).handle  # type: ignore[attr-defined]  # one of ours
    (answer,) = made.take(made.device.receive(Read(made.link, handle), made.now))
    assert isinstance(answer, ReadResponse)
    return answer.value


def forgetful(made: Talk) -> Talk:
    """All bits down."""
    made.ask(READER, ids.ResetStatus(ALL))
    return made


# The table


@conforms("IDS-1", "IDS-2", "IDS-3", "IDS-4", "IDS-5", "IDS-9")
def test_the_service_has_nine_characteristics_with_their_properties_and_cccds() -> None:
    table = pump_endpoint("pump", Pump(PROFILE, epoch=EPOCH, basal=[(0, 0)], reservoir=units(1), seed=1), "IB-Pump").table
    assert [service.uuid for service in table.services].count(0x183A) == 1
    rows = [row for row in table.attributes if row.service.uuid == 0x183A]
    assert [(row.spec.uuid, int(row.spec.properties), row.cccd is not None) for row in rows] == [
        (0x2B20, 0x22, True),
        (0x2B21, 0x22, True),
        (0x2B22, 0x22, True),
        (0x2B23, 0x02, False),
        (0x2B24, 0x28, True),
        (0x2B25, 0x28, True),
        (0x2B26, 0x10, True),
        (0x2B27, 0x28, True),
        (0x2B28, 0x10, True),
    ]
    assert all(row.spec.security is Security.AUTHENTICATED for row in rows)
    assert all(row.spec.cccd_read_security is None for row in rows), "guarded like its value"


@conforms("IDS-4")
@pytest.mark.parametrize("link", [Security.OPEN, Security.ENCRYPTED])
def test_a_cccd_is_guarded_like_its_value(link: Security) -> None:
    made = talk()
    made.device.receive(Connected("test#2", security=link), 0)
    for row in made.device.table.attributes:
        if row.service.uuid == ids.SERVICE and row.cccd is not None:
            for request in (Read("test#2", row.cccd), Write("test#2", row.cccd, b"\x02\x00")):
                (answer,) = made.take(made.device.receive(request, 0))
                assert isinstance(answer, ErrorResponse), row
                assert answer.code is AttCode.INSUFFICIENT_AUTHENTICATION


@conforms("IDS-7")
@pytest.mark.parametrize("security", [Security.OPEN, Security.ENCRYPTED])
def test_nothing_is_read_and_nothing_written_without_an_authenticated_link(security: Security) -> None:
    made = talk()
    made.device.receive(Disconnected(made.link), 0)
    made.device.receive(Connected(made.link, security=security), 0)

    def refused(handle: int) -> ErrorResponse:
        return ErrorResponse(made.link, handle, AttCode.INSUFFICIENT_AUTHENTICATION)

    for row in made.device.table.attributes:
        properties = row.spec.properties
        if properties & Property.READ:
            (answer,) = made.take(made.device.receive(Read(made.link, row.handle), 0))
            assert answer == refused(row.handle)
        if properties & Property.WRITE:
            (answer,) = made.take(made.device.receive(Write(made.link, row.handle, b"\x30\x03"), 0))
            assert answer == refused(row.handle)
        if row.cccd is not None:
            (answer,) = made.take(made.device.receive(Write(made.link, row.cccd, b"\x01\x00"), 0))
            assert answer == refused(row.cccd)


@conforms("IDS-7")
@pytest.mark.parametrize("point", [READER, COMMAND, RACP, DATA, HISTORY], ids=lambda point: point.name)
def test_a_control_point_cannot_be_read(point: object) -> None:
    with pytest.raises(Refused) as refused:
        talk().read(point)  # type: ignore[arg-type]  # one of ours
    assert refused.value.code is AttCode.READ_NOT_PERMITTED


@conforms("IDS-8")
def test_a_cccd_reads_back_and_outlives_a_bonded_clients_connection() -> None:
    made = talk()
    made.device.receive(Secured(made.link, Security.AUTHENTICATED, "phone"), 0)
    cccd = made.device.table.of(ids.SERVICE, READER.uuid).cccd
    assert cccd is not None
    made.disconnect()
    made.device.receive(Connected("test#2"), 0)
    made.device.receive(Secured("test#2", Security.AUTHENTICATED, "phone"), 0)
    (answer,) = made.take(made.device.receive(Read("test#2", cccd), 0))
    assert isinstance(answer, ReadResponse)
    assert answer.value == b"\x02\x00"


@conforms("IDS-14", "IDS-15")
def test_the_companions_stand_beside_it() -> None:
    made = talk()
    services = [service.uuid for service in made.device.table.services]
    assert services == [0x183A, 0x180A, 0x180F, 0x1805, 0x1802, 0x181E]
    other = Talk(made.device, companions.DEVICE_INFORMATION, protected=False, link="test#2")
    assert other.read(companions.MANUFACTURER_NAME).text == "isletbench"
    assert other.read(companions.MODEL_NUMBER).text == "Virtual pump, generic"
    assert len(other.read(companions.SYSTEM_ID).value) == 8
    single = replace(PROFILE, features=PROFILE.features & ~Feature.MULTIPLE_BOND)
    assert 0x181E not in [service.uuid for service in talk(single).device.table.services]
    guarded = talk(replace(PROFILE, authorization=b"4711")).device
    coded = Talk(guarded, companions.BOND_MANAGEMENT, protected=False, link="test#2")
    for operation in (b"\x03", b"\x06", b"\x09"):  # BMS 1.0, table 3.3: of this client, of all, of all others
        for code in (b"", b"4712"):
            with pytest.raises(Refused) as refused:
                coded.write_octets(companions.BOND_POINT, operation + code)
            assert refused.value.code is AttCode.INSUFFICIENT_AUTHORIZATION
    coded.write_octets(companions.BOND_POINT, b"\x06" + b"4711")


@conforms("IDS-11")
@pytest.mark.parametrize(("name", "appearance"), [("generic", 0x0D41), ("patch", 0x0D44), ("tubed", 0x0D41)])
def test_it_advertises_its_service_its_name_and_what_it_is(name: str, appearance: int) -> None:
    pump = Pump(PROFILES[name], epoch=EPOCH, basal=[(0, 0)], reservoir=units(100), seed=1)
    said = pump_endpoint("pump", pump, "IB-Pump").advertisement
    assert (said.name, said.service_uuids, said.appearance) == ("IB-Pump", (0x183A,), appearance)


# Protection


@conforms("IDS-16", "IDS-17", "IDS-18")
def test_with_protection_every_value_has_its_trailer_and_features_has_it_in_front() -> None:
    made = talk()
    for characteristic in (ids.STATUS_CHANGED, ids.STATUS, ids.ANNUNCIATION_STATUS):
        value = octets(made, characteristic)
        assert value[-3:-2] == b"\x01"
        assert int.from_bytes(value[-2:], "little") == crc_of(value[:-2])
    value = octets(made, ids.FEATURES)
    assert (len(value), value[2]) == (8, 1)
    assert int.from_bytes(value[:2], "little") == crc_of(value[2:])


@conforms("IDS-6", "IDS-16", "IDS-25", "IDS-36", "IDS-39", "IDS-43")
def test_without_protection_there_is_none_of_it() -> None:
    made = forgetful(talk(BARE, reservoir=units("143.5")))
    assert octets(made, ids.STATUS_CHANGED) == bytes.fromhex("0000")
    assert octets(made, ids.STATUS) == bytes.fromhex("55 96 9BF5 01")
    assert octets(made, ids.ANNUNCIATION_STATUS) == bytes.fromhex("00")
    assert octets(made, ids.FEATURES) == bytes.fromhex("FFFF 00 6400 FEFF00")


@conforms("IDS-25")
def test_status_changed_has_its_bits_in_two_octets_and_the_reserved_ones_are_0() -> None:
    for profile, length in ((BARE, 2), (PROFILE, 5)):
        made = forgetful(talk(profile))
        made.ask(COMMAND, ids.SetBolus(BolusType.MULTIWAVE, 0.1, 0.1, 10, delay_time=5))
        value = octets(made, ids.STATUS_CHANGED)
        assert len(value) == length
        assert value[:2] == bytes.fromhex("C0 00"), "IDS 1.0.2, table 4.2: active bolus and history are bits 6 and 7"


def crc_of(octets: bytes) -> int:
    """IDS 1.0.2, section 3.16, bit by bit: the register begins at FFFF and is shifted towards its low end."""
    register = 0xFFFF
    for octet in octets:
        register ^= octet
        for _ in range(8):
            register = register >> 1 ^ (0x8408 if register & 1 else 0)
    return register


def everything_told(profile: PumpProfile) -> list[tuple[int, bytes]]:
    """What a client is sent whole, through every characteristic that sends something."""
    made = talk(profile, rate="1")
    made.subscribe(ids.STATUS_CHANGED, ids.STATUS, ids.ANNUNCIATION_STATUS)
    for number in (1, 2):
        manual.report_issue(pump_of(made), AnnunciationType.AIR_PRESSURE_OUT_OF_RANGE, made.now)
        made.write(READER, ids.ResetStatus(ALL))
        made.ask(COMMAND, ids.ConfirmAnnunciation(number))
    made.write(COMMAND, ids.GetTemplateStatusAndDetails())
    for operation in (Operation.COUNT, Operation.REPORT):
        made.write(RACP, Request(operation, Selection(Operator.ALL)))
        made.pass_to(made.now + seconds(10))
    return made.told


@conforms("IDS-16", "IDS-17", "IDS-19", "IDS-20", "IDS-21")
def test_everything_that_is_sent_has_its_trailer_with_protection_and_none_without() -> None:
    sent, plain = everything_told(PROFILE), everything_told(BARE)
    assert {uuid for uuid, _ in sent} == {0x2B20, 0x2B22, 0x2B24, 0x2B25, 0x2B26, 0x2B27, 0x2B28}
    counters: dict[int, list[int]] = {}
    for (uuid, value), (same, payload) in zip(sent, plain, strict=True):
        assert uuid == same
        trailer = 2 if uuid == HISTORY.uuid else 3
        assert value[:-trailer] == payload
        assert int.from_bytes(value[-2:], "little") == crc_of(value[:-2])
        if trailer == 3:
            counters.setdefault(uuid, []).append(value[-3])
    assert counters.pop(COMMAND.uuid) == [3], "after two answers that were taken out"
    assert all(found == list(range(1, len(found) + 1)) for found in counters.values()), "each counts for itself"
    assert all(len(found) > 1 for found in counters.values())


@conforms("IDS-6")
def test_octets_of_history_are_little_endian() -> None:
    told = [value for uuid, value in everything_told(BARE) if uuid == HISTORY.uuid]
    assert told[0] == bytes.fromhex("0F00 00000000 0000 33 EA07 01 01 08 00 00 80 FF"), "IDS 1.0.2, table 3.29"
    assert told[1] == bytes.fromhex("3003 01000000 0000 C800"), "200 IU"


@conforms("IDS-19")
def test_history_has_a_crc_and_no_counter() -> None:
    made = talk()
    made.write_octets(RACP, RACP.encode(Request(Operation.REPORT, Selection(Operator.LAST)), protected=True, counter=1))
    made.pass_to(seconds(1))
    (value,) = made.heard(HISTORY)
    assert int.from_bytes(value[-2:], "little") == crc_of(value[:-2])
    assert ids.HISTORY.decode(value[:-2]).sequence_number == pump_of(made).history.next_number - 1


@conforms("IDS-20", "IDS-21")
def test_counters_step_with_reads_indications_and_answers_each_for_itself() -> None:
    made = talk()
    made.subscribe(ids.STATUS)
    assert [octets(made, ids.STATUS)[-3] for _ in range(2)] == [1, 2]
    assert octets(made, ids.STATUS_CHANGED)[-3] == 1
    made.ask(COMMAND, bolus(0.05))
    made.pass_to(seconds(3))
    told = made.heard(ids.STATUS)
    assert [value[-3] for value in told] == [3]
    assert octets(made, ids.STATUS)[-3] == 4
    for number in range(1, 260):
        made.write(READER, ids.GetActiveBolusIds())
        (answer,) = made.heard(READER)
        assert answer[-3] == (number - 1) % 255 + 1


@conforms("IDS-22", "IDS-24")
def test_a_client_counts_to_255_and_goes_on_with_1_on_each_control_point() -> None:
    made = talk()
    for number in (*range(1, 256), 1, 2):
        made.write_octets(READER, READER.encode(ids.GetActiveBolusIds(), protected=True, counter=number))
    for wrong in (0, 3):
        with pytest.raises(Refused) as refused:
            made.write_octets(COMMAND, COMMAND.encode(ids.GetAvailableBoluses(), protected=True, counter=wrong))
        assert refused.value.code is IdsErrorCode.INVALID_COUNTER
    made.write_octets(COMMAND, COMMAND.encode(ids.GetAvailableBoluses(), protected=True, counter=1))


def test_a_strict_pump_takes_only_the_very_next_counter_after_a_refusal() -> None:
    made = talk(replace(PROFILE, habits=replace(PROFILE.habits, strict_counters=True)))
    made.write_octets(READER, READER.encode(ids.GetActiveBolusIds(), protected=True, counter=1))
    with pytest.raises(Refused):
        made.write_octets(READER, b"\x30\x03\x02\x00\x00")
    with pytest.raises(Refused) as refused:
        made.write_octets(READER, READER.encode(ids.GetActiveBolusIds(), protected=True, counter=3))
    assert refused.value.code is IdsErrorCode.INVALID_COUNTER
    made.write_octets(READER, READER.encode(ids.GetActiveBolusIds(), protected=True, counter=2))


# Status Changed


def risen(made: Talk) -> StatusFlag:
    """The bits that are up now, after all have been down."""
    flags: StatusFlag = made.read(ids.STATUS_CHANGED).changed
    return flags


@conforms("IDS-26", "IDS-52")
def test_bits_stay_up_until_they_are_reset_one_by_one() -> None:
    made = talk()
    made.ask(COMMAND, bolus(0.1))
    made.pass_to(seconds(10))
    assert made.read(ids.STATUS_CHANGED) == made.read(ids.STATUS_CHANGED)
    before = risen(made)
    assert made.ask(READER, ids.ResetStatus(StatusFlag.RESERVOIR)).code is Response.SUCCESS
    assert risen(made) == before & ~StatusFlag.RESERVOIR
    assert made.ask(READER, ids.ResetStatus(StatusFlag.RESERVOIR)).code is Response.SUCCESS, "it was down already"
    made.disconnect()
    other = Talk(made.device, ids.SERVICE, link="test#2", now=made.now)
    assert risen(other) == before & ~StatusFlag.RESERVOIR, "they outlive a connection"


@conforms("IDS-27")
def test_a_bit_for_therapy() -> None:
    made = forgetful(talk(rate="1"))
    made.ask(COMMAND, ids.SetTherapyControlState(PAUSE))
    assert StatusFlag.THERAPY_CONTROL_STATE in risen(made)
    assert made.read(ids.STATUS).therapy_control_state is PAUSE


@conforms("IDS-28", "IDS-29", "IDS-37")
def test_bits_for_operation_and_reservoir() -> None:
    made = forgetful(talk())
    made.ask(COMMAND, bolus(0.05))
    made.pass_to(seconds(3))
    assert StatusFlag.RESERVOIR in risen(made), "a pulse has left it"
    forgetful(made)
    manual.detach_reservoir(pump_of(made), made.now)
    assert {StatusFlag.OPERATIONAL_STATE, StatusFlag.RESERVOIR} <= set(risen(made))
    status = made.read(ids.STATUS)
    assert (status.operational_state, status.reservoir_attached) == (OperationalState.PREPARING, False)
    assert status.reservoir_remaining is Special.NAN


@conforms("IDS-30", "IDS-69", "IDS-70")
def test_a_bit_for_an_annunciation_and_each_change_of_it() -> None:
    made = talk()
    manual.report_issue(pump_of(made), AnnunciationType.AIR_PRESSURE_OUT_OF_RANGE, 0)
    assert StatusFlag.ANNUNCIATION in risen(made)
    for act in (
        lambda: made.ask(COMMAND, ids.SnoozeAnnunciation(1)),
        lambda: made.pass_to(PROFILE.snooze),
        lambda: made.ask(COMMAND, ids.ConfirmAnnunciation(1)),
    ):
        forgetful(made)
        act()
        assert StatusFlag.ANNUNCIATION in risen(made)


@conforms("IDS-69")
def test_snooze_quietens_an_annunciation_until_its_time_is_over() -> None:
    made = talk()
    for number in (1, 2):
        manual.report_issue(pump_of(made), AnnunciationType.AIR_PRESSURE_OUT_OF_RANGE, number)
    manual.report_issue(pump_of(made), AnnunciationType.AIR_PRESSURE_OUT_OF_RANGE, 3)
    assert made.ask(COMMAND, ids.SnoozeAnnunciation(2)) == ids.SnoozeAnnunciationResponse(2)
    statuses = []
    for instant in (0, PROFILE.snooze - 1, PROFILE.snooze + 10):
        made.pass_to(max(made.now, instant))
        statuses.append(pump_of(made).parts.annunciations.active[2].status)
    assert statuses == [AnnunciationStatus.SNOOZED, AnnunciationStatus.SNOOZED, AnnunciationStatus.PENDING]


@conforms("IDS-70")
def test_a_confirmed_annunciation_is_gone() -> None:
    made = talk()
    manual.report_issue(pump_of(made), AnnunciationType.AIR_PRESSURE_OUT_OF_RANGE, 0)
    assert made.read(ids.ANNUNCIATION_STATUS).annunciation.instance_id == 1
    assert made.ask(COMMAND, ids.ConfirmAnnunciation(1)) == ids.ConfirmAnnunciationResponse(1)
    assert made.read(ids.ANNUNCIATION_STATUS) == ids.AnnunciationStatusValue()


@conforms("IDS-31", "IDS-33")
def test_bits_for_boluses_and_for_what_they_have_delivered() -> None:
    made = forgetful(talk())
    made.ask(COMMAND, ids.SetBolus(BolusType.MULTIWAVE, 0.1, 0.1, 10, delay_time=5))
    assert risen(made) == StatusFlag.ACTIVE_BOLUS | StatusFlag.HISTORY_EVENT_RECORDED
    forgetful(made)
    made.pass_to(minutes(5))
    assert StatusFlag.ACTIVE_BOLUS in risen(made), "its delay is over"
    forgetful(made)
    made.pass_to(minutes(5) + seconds(5))
    assert StatusFlag.ACTIVE_BOLUS in risen(made), "its fast part is delivered"
    assert StatusFlag.TOTAL_DAILY_INSULIN not in risen(made)
    forgetful(made)
    made.pass_to(minutes(20))
    assert {StatusFlag.ACTIVE_BOLUS, StatusFlag.TOTAL_DAILY_INSULIN} <= set(risen(made))
    assert made.ask(READER, ids.GetTotalDailyInsulinStatus()).bolus == 0.2


@conforms("IDS-31")
@pytest.mark.parametrize("state", [PAUSE, STOP])
def test_a_bit_for_the_end_of_basal_delivery(state: TherapyControlState) -> None:
    made = forgetful(talk(rate="1"))
    made.pass_to(minutes(30))
    assert StatusFlag.TOTAL_DAILY_INSULIN not in risen(made)
    made.ask(COMMAND, ids.SetTherapyControlState(state))
    assert StatusFlag.TOTAL_DAILY_INSULIN in risen(made)
    assert made.ask(READER, ids.GetTotalDailyInsulinStatus()).basal == 0.5


@conforms("IDS-34")
def test_the_bit_of_a_record_rises_when_the_record_can_be_read() -> None:
    made = talk(replace(PROFILE, history=replace(PROFILE.history, lag=seconds(10))))
    made.pass_to(seconds(10))
    for act in (
        lambda: made.ask(COMMAND, bolus(0.05)),
        lambda: pump_of(made).set_clock(EPOCH, made.now),
    ):
        forgetful(made)
        before = made.ask(RACP, Request(Operation.COUNT, Selection(Operator.ALL)))
        act()
        began = made.now
        made.pass_to(began + seconds(1))
        assert StatusFlag.HISTORY_EVENT_RECORDED not in risen(made)
        assert made.ask(RACP, Request(Operation.COUNT, Selection(Operator.ALL))) == before
        made.pass_to(began + seconds(10))
        assert StatusFlag.HISTORY_EVENT_RECORDED in risen(made)
        assert made.ask(RACP, Request(Operation.COUNT, Selection(Operator.ALL))).count > before.count
        made.pass_to(began + seconds(30))


@conforms("IDS-32", "IDS-90")
def test_a_bit_for_the_basal_rate_whatever_changes_it() -> None:
    made = talk(rate="1")
    template = ids.WriteBasalRateProfileTemplate(1, 1, ids.Block(720, 1.5), ids.Block(720, 2.0), end_transaction=True)
    for operation in (
        ids.SetTbrAdjustment(TbrType.ABSOLUTE, 0.5, 10),
        ids.SetTbrAdjustment(TbrType.RELATIVE, 2.0, 10, change=True),
        ids.CancelTbrAdjustment(),
        ids.SetTherapyControlState(STOP),
        ids.SetTherapyControlState(RUN),
        template,
    ):
        forgetful(made)
        made.ask(COMMAND, operation)
        assert {StatusFlag.ACTIVE_BASAL_RATE, StatusFlag.HISTORY_EVENT_RECORDED} <= set(risen(made)), operation
    forgetful(made)
    made.pass_to(hours(4))
    assert StatusFlag.ACTIVE_BASAL_RATE in risen(made), "noon"
    assert made.ask(READER, ids.GetActiveBasalRateDelivery()).config_value == 2.0


@conforms("IDS-34", "IDS-35", "IDS-38", "IDS-42")
def test_clients_are_told_when_a_bit_rises_and_when_a_value_changes() -> None:
    made = forgetful(talk(reservoir=units("20.1")))
    made.subscribe(ids.STATUS_CHANGED, ids.STATUS, ids.ANNUNCIATION_STATUS)
    made.ask(COMMAND, bolus(0.1))
    (told,) = made.heard(ids.STATUS_CHANGED)
    assert StatusFlag.HISTORY_EVENT_RECORDED in made.e2e.open(ids.STATUS_CHANGED, told).changed
    made.pass_to(seconds(10))
    levels = [made.e2e.open(ids.STATUS, value).reservoir_remaining for value in made.heard(ids.STATUS)]
    assert levels == [20.05, 20.0]
    (told,) = made.heard(ids.ANNUNCIATION_STATUS)
    assert made.e2e.open(ids.ANNUNCIATION_STATUS, told).annunciation.type is AnnunciationType.RESERVOIR_LOW
    count = len(made.heard(ids.STATUS_CHANGED))
    made.ask(COMMAND, bolus(0.1))
    assert made.heard(ids.STATUS_CHANGED) == [], "the bits are up already"
    assert count > 0


def test_a_pump_may_tell_when_bits_go_down() -> None:
    for indicates in (False, True):
        habits = replace(PROFILE.habits, indicates_cleared_status=indicates)
        made = talk(replace(PROFILE, habits=habits))
        made.subscribe(ids.STATUS_CHANGED)
        made.heard(ids.STATUS_CHANGED)
        made.ask(READER, ids.ResetStatus(ALL))
        assert len(made.heard(ids.STATUS_CHANGED)) == indicates


# Annunciation Status


@conforms("IDS-40")
def test_the_most_urgent_annunciation_is_shown_and_then_the_next() -> None:
    made = talk(reservoir=units("20"))
    pump = pump_of(made)
    manual.report_issue(pump, AnnunciationType.TEMPERATURE_OUT_OF_RANGE, 0)
    made.ask(COMMAND, bolus(0.05))
    made.pass_to(seconds(3))
    manual.report_issue(pump, AnnunciationType.MECHANICAL_ISSUE, made.now)
    shown = []
    while (first := made.read(ids.ANNUNCIATION_STATUS).annunciation) is not None:
        shown.append(first.type)
        assert made.ask(COMMAND, ids.ConfirmAnnunciation(first.instance_id)) == ids.ConfirmAnnunciationResponse(
            first.instance_id
        )
    assert shown == [
        AnnunciationType.MECHANICAL_ISSUE,
        AnnunciationType.RESERVOIR_LOW,
        AnnunciationType.TEMPERATURE_OUT_OF_RANGE,
    ]


@conforms("IDS-39", "IDS-41")
@pytest.mark.parametrize(
    ("celsius", "aux", "also"),
    [
        (36.6, "6EF1 0133", []),
        (3.0, "0300 4133", [AnnunciationType.TEMPERATURE_OUT_OF_RANGE]),
        (45.0, "2D00 8133", [AnnunciationType.TEMPERATURE_OUT_OF_RANGE]),
    ],
)
def test_a_temperature_is_reported_in_auxiliary_fields(celsius: float, aux: str, also: list[AnnunciationType]) -> None:
    made = talk(BARE)
    manual.report_temperature(pump_of(made), celsius, 0, context=ids.TemperatureContext.INSULIN)
    value = octets(made, ids.ANNUNCIATION_STATUS)
    bounds = SFLOAT.build(5.0) + SFLOAT.build(40.0)
    assert value == bytes.fromhex("1F 0100 6503 33" + aux) + bounds
    types = [annunciation.type for annunciation in pump_of(made).parts.annunciations.active.values()]
    assert types == [AnnunciationType.TEMPERATURE, *also]
    record = next(r for r in records_of(pump_of(made)) if isinstance(r.event, ids.AnnunciationStatusChanged1Of2))
    assert (record.event.aux1, record.event.aux2) == tuple(
        int.from_bytes(bytes.fromhex(aux)[i : i + 2], "little") for i in (0, 2)
    )


def test_a_canceled_bolus_is_told_with_its_amounts() -> None:
    made = talk(BARE)
    made.ask(COMMAND, ids.SetBolus(BolusType.EXTENDED, 0.0, 2.0, 60))
    made.pass_to(minutes(30))
    manual.stand_by(pump_of(made), made.now)
    shown = made.read(ids.ANNUNCIATION_STATUS)
    assert (shown.annunciation.type, shown.annunciation.status) == (AnnunciationType.BOLUS_CANCELED, AnnunciationStatus.PENDING)
    fields = (shown.aux1, shown.aux2, shown.aux3, shown.aux4, shown.aux5)
    told = [int.from_bytes(SFLOAT.build(amount), "little") for amount in (2.0, 1.0)]
    assert fields == (1, BolusType.EXTENDED, *told, 30)


# Features


@conforms("IDS-43", "IDS-44")
@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES.keys())
def test_features_tell_what_the_pump_can_do_and_do_not_change(profile: object) -> None:
    made = talk(profile)  # type: ignore[arg-type]  # one of ours
    first = made.read(ids.FEATURES)
    assert (first.insulin_concentration, first.features) == (100.0, profile.features)  # type: ignore[attr-defined]
    assert int(first.features) < 1 << 16
    made.ask(COMMAND, ids.SetTherapyControlState(STOP))
    made.pass_to(hours(1))
    assert made.read(ids.FEATURES) == first


# A failing link


@conforms("IDS-51")
@pytest.mark.parametrize(("point", "request_"), [(READER, "3003"), (COMMAND, "EE11"), (RACP, "5A33")], ids=str)
def test_an_answer_nobody_confirms_ends_the_procedure_after_30_s(point: Characteristic, request_: str) -> None:
    made = talk(BARE)
    made.confirms = False
    made.write_octets(point, bytes.fromhex(request_))
    assert len(made.heard(point)) == 1
    made.heard(DATA)
    made.pass_to(seconds(30) - 1)
    with pytest.raises(Refused) as refused:
        made.write_octets(READER, bytes.fromhex("3003"))
    assert refused.value.code is AttCode.PROCEDURE_ALREADY_IN_PROGRESS
    made.pass_to(seconds(30))
    assert made.told == [], "nothing more is sent"
    made.write_octets(READER, bytes.fromhex("3003"))
    assert len(made.heard(READER)) == 1


def test_an_occlusion_is_told_over_the_air() -> None:
    made = talk()
    made.subscribe(ids.ANNUNCIATION_STATUS)
    manual.set_condition(pump_of(made), Condition(block=float("inf")), 0)
    made.ask(COMMAND, bolus(5.0))
    made.pass_to(minutes(5))
    (told,) = made.heard(ids.ANNUNCIATION_STATUS)
    assert made.e2e.open(ids.ANNUNCIATION_STATUS, told).annunciation.type is AnnunciationType.OCCLUSION_DETECTED
    status = made.read(ids.STATUS)
    assert (status.therapy_control_state, status.operational_state) == (STOP, OperationalState.WAITING)


@pytest.mark.parametrize(("ignores", "answers"), [(False, ["0303 3103 70"]), (True, [])])
def test_an_op_code_that_is_no_code_word_is_refused_or_ignored(ignores: bool, answers: list[str]) -> None:
    made = talk(replace(BARE, habits=replace(BARE.habits, ignores_prohibited=ignores)))
    made.write_octets(READER, bytes.fromhex("3103"))
    assert made.heard(READER) == [bytes.fromhex(answer) for answer in answers]
    made.write_octets(COMMAND, bytes.fromhex("8811"))
    assert len(made.heard(COMMAND)) == 1, "no procedure was left open"


def test_every_op_code_of_ours_is_a_code_word() -> None:
    codes = [*ids.STATUS_READER.operations, *ids.COMMAND.operations, *ids.COMMAND_DATA.operations, *ids.EVENTS.operations]
    assert all(is_code_word(code) for code in codes)
    assert [code for code in range(0x100) if is_code_word(code)] == list(
        bytes.fromhex("0F 33 3C 55 5A 66 69 96 99 A5 AA C3 CC F0 FF")
    )
