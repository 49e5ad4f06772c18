"""Personalities on a bench: found by name, refused with a sentence, one machine behind two faces, exchanges for checks."""

import asyncio
import io
from datetime import datetime, time
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from isletbench import Bench, Journal, Pace, Ports, RigError, run
from isletbench.emulator.cgm.profile import PROFILES
from isletbench.emulator.cgm.sensor import Sensor
from isletbench.emulator.core.notes import Stage
from isletbench.emulator.core.octets import Answer, Command, Opened
from isletbench.emulator.endpoints import personalities
from isletbench.emulator.endpoints.cgms.service import cgm_endpoint
from isletbench.emulator.endpoints.speaking import SpeakingDevice
from isletbench.emulator.faults.fault import FaultError
from isletbench.emulator.faults.registry import parse as parse_fault
from isletbench.emulator.gatt import Connected, Notify, Read, Security, Write
from isletbench.emulator.journal.exchanges import conversation_of
from isletbench.emulator.journal.reader import read
from isletbench.emulator.patient.sources import constant
from isletbench.emulator.rigs.rig import Rig, validated
from isletbench.protocols import companions
from tests.endpoints.test_sugar_stick import line
from tests.harness.personalities.sugar_stick import SUGAR_STICK, SugarStick, SugarStickSettings

VALUE = "tests.harness.personalities.sugar_stick:SUGAR_STICK"


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(personalities.PERSONALITIES, "sugar_stick", SUGAR_STICK)


def rig(kind: str = "cgm", **device: Any) -> Rig:
    table = {"kind": kind, "serial": "pty:", **({"glucose": {"mg_dl": 123}} if kind == "cgm" else {}), **device}
    return validated({"schema": 1, "name": "sticks", "devices": {"device": table}}, "rig.toml")


@pytest.mark.parametrize(
    ("device", "problem"),
    [
        ({"speaks": "sugarstick"}, "'sugarstick' is no personality of a cgm; expected one of "),
        ({"speaks": {"mmol": True}}, "speaks.personality: expected one of "),
        (
            {"kind": "pump", "speaks": "sugar_stick", "basal": [{"at": time(0), "rate": 1}], "reservoir": 100},
            "'sugar_stick' is no personality of a pump",
        ),
        ({"speaks": {"personality": "sugar_stick", "colour": "red"}}, "speaks.colour: "),
        ({"speaks": {"personality": "sugar_stick", "mmol": "often"}}, "speaks.mmol: "),
        (
            {"speaks": "sugar_stick", "serial": None, "ble": {"name": "IB"}},
            "speaks: expected serial, the port on which it speaks",
        ),
    ],
)
def test_a_wrong_personality_is_refused_with_one_sentence(device: dict[str, Any], problem: str) -> None:
    with pytest.raises(RigError) as refused:
        rig(**device)
    assert problem in str(refused.value)
    assert str(refused.value).startswith("rig.toml: devices.device")


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("tests.harness.nowhere:STICK", "ModuleNotFoundError"),
        ("tests.harness.personalities.sugar_stick:LONGEST", "expected a Personality, found int"),
        (VALUE, "there is a personality 'sugar_stick' already"),
    ],
)
def test_a_third_party_one_that_cannot_be_used_is_left_out_with_a_warning(value: str, why: str) -> None:
    with pytest.warns(RuntimeWarning, match=f"the personality 'stick' .* is left out: {why}"):
        found = personalities.registered([SUGAR_STICK], [EntryPoint("stick", value, personalities.ENTRY_POINTS)])
    assert list(found) == ["sugar_stick"]


def test_a_third_party_one_is_found_by_its_entry_point() -> None:
    found = personalities.registered([], [EntryPoint("stick", VALUE, personalities.ENTRY_POINTS)])
    assert found == {"sugar_stick": SUGAR_STICK}


def test_what_is_set_through_one_face_the_clients_of_the_other_are_told_in_the_same_turn() -> None:
    sensor = Sensor(PROFILES["generic"], constant(123), epoch=datetime(2026, 1, 1, 8), seed=1)  # noqa: DTZ001
    device = SpeakingDevice(
        cgm_endpoint("cgm", sensor, "IB-CGM"), SugarStick("cgm", sensor, SugarStickSettings()), "sugar_stick"
    )
    list(device.receive(Connected("cgm.ble#1", 100, Security.AUTHENTICATED), 0))
    list(device.receive(Opened("cgm.serial#1"), 0))
    assert set(device.links) == {"cgm.ble#1", "cgm.serial#1"}
    measurement = next(a for a in device.table.attributes if a.spec.uuid == 0x2AA7)
    assert measurement.cccd is not None
    list(device.receive(Write("cgm.ble#1", measurement.cccd, b"\x01\x00"), 0))
    effects = list(device.receive(Command("cgm.serial#1", line(b"G"), "ReadGlucose"), 300_000))
    notified = next(n for n, effect in enumerate(effects) if isinstance(effect, Notify))
    answered = next(n for n, effect in enumerate(effects) if isinstance(effect, Answer))
    assert notified < answered, "the reading that was due is sent to its subscriber before the command is answered"
    clock = next(a for a in device.table.attributes if a.spec.uuid == companions.TIME.uuid)
    list(device.receive(Command("cgm.serial#1", line(b"S20300102030405"), "SetClock"), 300_000))
    assert sensor.clock(300_000) == datetime(2030, 1, 2, 3, 4, 5)  # noqa: DTZ001
    (read_back,) = device.receive(Read("cgm.ble#1", clock.handle), 300_000)
    assert read_back.value[:7] == bytes.fromhex("ee070102030405")


def session(*faults: dict[str, Any]) -> tuple[bytes, Any]:
    """What a client of the stick receives for one request, and the conversation that the journal has."""
    sink = io.StringIO()

    async def main() -> bytes:
        async with Bench(rig(speaks="sugar_stick"), ports=Ports.MEMORY, journal=Journal(sink)) as bench:
            for fault in faults:
                bench.steering.inject(parse_fault({"device": "device", **fault}))
            received = bytearray()
            client = bench.memory["device"].connect(received.extend)
            client.write(line(b"S20300102030405"))
            await asyncio.sleep(10)
            client.close()
            return bytes(received)

    received = run(main(), Pace(None))
    return received, conversation_of(read(sink.getvalue().splitlines()))


def test_checks_find_its_exchanges_and_connections_like_those_of_a_service() -> None:
    received, conversation = session()
    assert received == line(b"S")
    (exchange,) = conversation.requested("SetClock")
    assert exchange.committed
    assert exchange.stage is Stage.REPLY_SENT
    assert exchange.is_resolved
    (connection,) = conversation.connections
    assert connection.ended is not None


def test_a_request_that_is_lost_was_sent_and_never_received() -> None:
    received, conversation = session({"fault": "lose_request", "on": "sugar_stick.SetClock"})
    assert received == b""
    (exchange,) = conversation.requested("SetClock")
    assert (exchange.stage, exchange.committed, exchange.is_resolved) == (Stage.ON_THE_WIRE, False, False)


def test_an_answer_that_is_lost_comes_after_the_device_has_acted() -> None:
    received, conversation = session({"fault": "lose_reply"})
    assert received == b""
    (exchange,) = conversation.requested("SetClock")
    assert (exchange.committed, exchange.is_resolved) == (True, False)


def test_a_fault_that_only_gatt_can_have_does_not_touch_it() -> None:
    received, _ = session({"fault": "refuse_request"}, {"fault": "deny_reply"})
    assert received == line(b"S")


@pytest.mark.parametrize(
    ("on", "problem"),
    [
        (
            "sugar_stick.Explode",
            "'sugar_stick.Explode' is no operation that device 'device' speaks on its serial port; expected one",
        ),
        ("Explode", "'Explode': expected a type such as ids.Status"),
    ],
)
def test_a_fault_of_an_operation_that_there_is_not_is_refused(on: str, problem: str) -> None:
    with pytest.raises(FaultError) as refused:
        session({"fault": "lose_request", "on": on})
    assert problem in str(refused.value)


def test_the_face_survives_in_a_state_file_next_to_the_machine(tmp_path: Path) -> None:
    async def main(request: bytes) -> bytes:
        async with Bench(rig(speaks="sugar_stick"), ports=Ports.MEMORY, state=tmp_path / "state") as bench:
            received = bytearray()
            client = bench.memory["device"].connect(received.extend)
            client.write(request)
            await asyncio.sleep(1)
            return bytes(received)

    run(main(line(b"S20300102030405")), Pace(None))
    assert run(main(line(b"C")), Pace(None)).startswith(b"$C203001020304")
