"""Messages that are whole and say something else than the device meant."""

import asyncio
from typing import Any

import pytest

from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.faults import FaultError, State, parse
from isletbench.protocols import cgms, ids
from isletbench.protocols.e2e import split_records
from isletbench.protocols.fields import Special
from tests.faults.conversation import Client, converse

BOTH = pytest.mark.parametrize("over", ["serial", "ble"])
REPORT_ALL = bytes.fromhex("0101")


def told(client: Client) -> list[cgms.Measurement]:
    values = client.received[cgms.MEASUREMENT.uuid]
    return [cgms.MEASUREMENT.decode(record, protected=True) for value in values for record in split_records(value)]


@BOTH
def test_a_field_holds_something_else_under_a_right_crc(over: str) -> None:
    async def talk(bench: Bench, client: Client) -> None:
        await asyncio.sleep(1_830)
        assert [one.glucose for one in told(client)][1:3] == [0.0, Special.NRES]
        status: cgms.Status = await client.read(cgms.STATUS)
        assert status.time_offset == 30 - 7

    zero = {
        "fault": "alter_reply",
        "part": "live",
        "on": "cgms.Measurement",
        "field": "glucose",
        "to": 0,
        "nth": 2,
        "name": "a",
    }
    nres = {**zero, "to": "NRes", "nth": 3, "name": "b"}
    young = {"fault": "alter_reply", "on": "cgms.Status", "field": "time_offset", "by": -7}
    converse(talk, zero, nres, young, device="cgm", over=over)


def test_flags_are_altered_by_their_names() -> None:
    async def talk(bench: Bench, client: Client) -> None:
        await asyncio.sleep(400)
        flags = cgms.Annunciation.SESSION_STOPPED | cgms.Annunciation.DEVICE_BATTERY_LOW
        assert next(one.annunciation for one in told(client)) == flags

    names = {"fault": "alter_reply", "on": "cgms.Measurement", "part": "live", "field": "annunciation"}
    converse(talk, {**names, "to": "SESSION_STOPPED, DEVICE_BATTERY_LOW", "name": "a"}, device="cgm")


def test_a_counter_of_an_altered_answer_is_still_the_devices() -> None:
    async def talk(bench: Bench, client: Client) -> None:
        answer = await client.bolus(1.5)
        assert answer == ids.SetBolusResponse(9)
        values = [await client.collector.read(client.key(ids.STATUS)) for _ in range(3)]
        assert [value[-3] for value in values] == [1, 2, 3], "behind it comes the CRC"

    number = {"fault": "alter_reply", "on": "SetBolus", "field": "bolus_id", "to": 9}
    left = {"fault": "alter_reply", "on": "ids.Status", "field": "reservoir_remaining", "by": 5, "count": "all"}
    converse(talk, number, left)


def test_what_could_not_be_written_down_arrives_as_it_is() -> None:
    async def talk(bench: Bench, client: Client) -> None:
        await asyncio.sleep(600)
        assert (await client.read(cgms.STATUS)).time_offset == 10

    early = {"fault": "alter_reply", "on": "cgms.Status", "field": "time_offset", "by": -70}
    converse(talk, early, device="cgm")


@BOTH
def test_records_of_a_report_and_live_readings_are_told_apart(over: str) -> None:
    async def talk(bench: Bench, client: Client) -> None:
        await asyncio.sleep(1_830)
        live = [one.time_offset for one in told(client)]
        await client.ask_octets(cgms.RECORD_ACCESS, REPORT_ALL)
        offsets = [one.time_offset for one in told(client)][len(live) :]
        assert live == [5, 10, 15, 20, 25, 30]
        assert offsets == [600, 605, 610, 615, 620, 625, 630]
        await asyncio.sleep(300)
        assert told(client)[-1].time_offset == 35

    shifted = {"fault": "alter_reply", "part": "records", "field": "time_offset", "by": 600, "count": "all"}
    converse(talk, {**shifted, "on": "cgms.Measurement"}, device="cgm", over=over)


@BOTH
def test_what_was_told_on_another_connection_is_told_again_ahead_of_what_is_new(over: str) -> None:
    async def talk(bench: Bench, client: Client) -> None:
        await asyncio.sleep(1_200)
        await client.collector.disconnect()
        await asyncio.sleep(900)
        await client.connect()
        heard = len(told(client))
        await asyncio.sleep(300)
        assert [one.time_offset for one in told(client)][heard:] == [15, 20, 40]

    converse(talk, {"fault": "replay_old_values", "depth": 2, "nth": 5}, device="cgm", over=over)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"to": None}, "expected to or by, and not both"),
        ({"by": 1}, "expected to or by, and not both"),
        ({"field": "glucoze"}, "field 'glucoze': expected one that cgms.Measurement has: annunciation, glucose"),
        ({"on": "cgms.RecordAccessControlPoint"}, "has: count, outcome"),
    ],
)
def test_an_alteration_that_cannot_be_is_refused_with_what_was_expected(changed: dict[str, Any], sentence: str) -> None:
    plain = {"fault": "alter_reply", "device": "cgm", "on": "cgms.Measurement", "field": "glucose", "to": 0, **changed}
    with pytest.raises(FaultError, match=sentence):
        parse(plain)


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (
            {"on": "ids.Status", "field": "therapy_control_state", "to": "FOO"},
            "to: therapy_control_state of ids.Status: 'FOO' is not one of",
        ),
        (
            {"on": "SetBolus", "field": "bolus_id", "to": 70_000},
            "to: bolus_id of SetBolus: 70000 does not fit into the octets of this field",
        ),
        (
            {"on": "cgms.Measurement", "field": "glucose", "to": "banana"},
            "to: glucose of cgms.Measurement: 'banana' is not one of",
        ),
        ({"on": "SetBolus", "field": "bolus_id", "by": 0}, "by: expected another number than 0, which changes nothing"),
        ({"on": "cgms.Measurement", "field": "annunciation", "by": 1}, "by: annunciation of cgms.Measurement is no number"),
        ({"on": "cgms.Measurement", "field": "annunciation", "to": "SESSION_STOPPED, X"}, "'X' is not one of"),
        ({"on": "cgms.Measurement", "field": "time_offset", "by": "1e99"}, "by: expected -18446744073709551616 to 1844"),
        ({"on": "cgms.Measurement", "field": "glucose", "to": -1e30}, "to: expected -18446744073709551616 to 1844"),
        ({"on": "cgms.Measurement", "field": "glucose", "by": "nan"}, "by: expected -18446744073709551616 to 1844"),
        (
            {"on": "ids.AnnunciationStatus", "field": "kind", "to": 1},
            "field 'kind': expected one that ids.AnnunciationStatus has",
        ),
    ],
)
def test_what_can_never_be_written_down_is_refused(fault: dict[str, Any], sentence: str) -> None:
    with pytest.raises(FaultError) as error:
        parse({"fault": "alter_reply", "device": "pump", **fault})
    assert sentence in str(error.value)


def test_a_request_that_nobody_can_make_is_refused() -> None:
    with pytest.raises(FaultError, match=r"on: nobody can read or write cgms\.Measurement"):
        parse({"fault": "lose_request", "device": "cgm", "on": "cgms.Measurement"})


def test_a_code_that_no_specification_has_goes_out_as_it_is_and_a_field_inside_another_can_be_named() -> None:
    async def talk(bench: Bench, client: Client) -> None:
        strange = await client.collector.read(client.key(ids.STATUS))
        assert strange[1] == 99
        bench.steering.do("pump", "fail", {"issue": "air_pressure_out_of_range"})
        shown = await client.collector.read(client.key(ids.ANNUNCIATION_STATUS))
        assert int.from_bytes(shown[3:5], "little") == 4_242
        assert [one.struck for one in bench.steering.faults.injected] == [1, 1]

    converse(
        talk,
        {"fault": "alter_reply", "on": "ids.Status", "part": "any", "field": "operational_state", "to": 99},
        {"fault": "alter_reply", "on": "ids.AnnunciationStatus", "part": "any", "field": "type", "to": 4_242},
    )


def test_a_fault_that_changes_nothing_has_not_struck() -> None:
    async def talk(bench: Bench, client: Client) -> None:
        await client.read(ids.STATUS)
        (injected,) = bench.steering.faults.injected
        assert (injected.state, injected.struck) == (State.ARMED, 0)

    converse(talk, {"fault": "alter_reply", "on": "ids.Status", "part": "any", "field": "therapy_control_state", "to": "RUN"})
