"""The radio of a Paradigm pump, and the sticks in front of it."""

import random
from typing import Any

import pytest
from pydantic import ValidationError

from isletbench.emulator.core.octets import Answer, Command
from isletbench.emulator.core.quantities import minutes, seconds, units
from isletbench.emulator.endpoints.paradigm import carelink as carelink_face
from isletbench.emulator.endpoints.paradigm import mmcommander as mmcommander_face
from isletbench.emulator.endpoints.paradigm import rfspy
from isletbench.emulator.endpoints.paradigm.face import AdapterFace
from isletbench.emulator.endpoints.paradigm.settings import ParadigmSettings, RadioSettings
from isletbench.protocols.medtronic import answers, carelink, mmcommander, pages, parameters, radio, schedules, subg_rfspy
from isletbench.protocols.medtronic.opcodes import NakCode, Opcode
from isletbench.protocols.medtronic.radio import RadioPacket
from isletbench.protocols.packet import decode, encode
from tests.endpoints.paradigm.asking import SERIAL, from_rfspy, long, over_rfspy, short
from tests.endpoints.paradigm.paradigm import Paradigm

ACK = short(Opcode.ACK)


def test_a_sleeping_pump_hears_only_a_wake_up_and_sleeps_again_after_a_minute() -> None:
    paradigm = Paradigm(awake=False)
    paradigm.wait(minutes(2) + 100)
    assert paradigm.sends(short(Opcode.MODEL), on_air=20_000) is None
    assert paradigm.sends(short(Opcode.WAKE_UP), on_air=50) is None
    assert paradigm.sends(short(Opcode.WAKE_UP), on_air=1_500) == ACK
    assert paradigm.sends(short(Opcode.MODEL)) is not None
    paradigm.wait(seconds(59))
    assert paradigm.sends(short(Opcode.MODEL)) is not None
    paradigm.wait(seconds(60))
    assert paradigm.sends(short(Opcode.MODEL)) is None


def test_a_client_holds_the_radio_awake_for_minutes() -> None:
    paradigm = Paradigm(awake=False)
    paradigm.wait(900)
    assert paradigm.sends(short(Opcode.WAKE_UP), on_air=200) == ACK
    assert paradigm.sends(long(Opcode.WAKE_UP, encode(parameters.RadioOn(1, 5)))) == ACK
    paradigm.wait(minutes(4))
    assert paradigm.sends(short(Opcode.CLOCK)) is not None


def test_another_pumps_packets_are_not_answered() -> None:
    assert Paradigm().sends(RadioPacket("123456", Opcode.MODEL)) is None


def test_parameters_need_an_announcement_and_the_same_packet_is_not_carried_out_twice() -> None:
    paradigm = Paradigm()
    bolus = long(Opcode.BOLUS, encode(parameters.BolusFortieths(40)))
    assert paradigm.sends(bolus) is None
    assert paradigm.sends(short(Opcode.BOLUS)) == ACK
    assert paradigm.sends(long(Opcode.TEMP_BASAL, encode(parameters.TempBasal(40, 1)))) is None
    assert paradigm.sends(bolus) == ACK
    assert paradigm.sends(bolus) == short(Opcode.NAK, NakCode.BOLUS_IN_PROGRESS)
    paradigm.wait(minutes(10))
    assert paradigm.sends(bolus) == short(Opcode.NAK, NakCode.BOLUS_IN_PROGRESS)
    assert paradigm.pump.parts.totals.today[0] == units(1)
    suspend = long(Opcode.SUSPEND, b"\x01")
    assert paradigm.sends(short(Opcode.SUSPEND)) == ACK
    assert [paradigm.sends(suspend), paradigm.sends(suspend)] == [ACK, ACK]


def test_the_frames_of_a_page_come_one_by_one_and_again_where_one_was_missed() -> None:
    paradigm = Paradigm()
    paradigm.sends(short(Opcode.HISTORY_PAGE))
    frame = paradigm.sends(long(Opcode.HISTORY_PAGE, b"\x00"))
    found = []
    while frame is not None:
        payload = radio.opened(frame.payload)
        assert paradigm.sends(short(Opcode.NAK)) == frame
        found.append(payload)
        frame = paradigm.sends(ACK)
    assert [payload.frame for payload in found] == list(range(1, 17))
    assert [payload.is_last for payload in found] == [False] * 15 + [True]
    assert pages.opened(b"".join(payload.data for payload in found)) == paradigm.page(Opcode.HISTORY_PAGE, b"\x00")


def test_a_basal_profile_is_written_in_frames_of_which_one_may_come_twice() -> None:
    paradigm = Paradigm()
    octets = schedules.profile_octets((schedules.BasalEntry(40, 0), schedules.BasalEntry(20, 30)))
    assert paradigm.sends(short(Opcode.WRITE_PROFILE_A)) == ACK
    for number, at in enumerate((0, 64, 128), start=1):
        packet = RadioPacket(SERIAL, Opcode.WRITE_PROFILE_A, radio.long_payload(number, octets[at : at + 64]))
        assert [paradigm.sends(packet), paradigm.sends(packet)] == [ACK, ACK]
    out_of_turn = RadioPacket(SERIAL, Opcode.WRITE_PROFILE_A, radio.long_payload(9, b""))
    assert paradigm.sends(out_of_turn) == short(Opcode.NAK, NakCode.REFUSED)
    assert paradigm.sends(RadioPacket(SERIAL, Opcode.WRITE_PROFILE_A, radio.long_payload(0x84, b""))) == ACK
    assert paradigm.state.profile(1) is not None


# Sticks


class Port:
    """A stick, and what it has sent by an instant."""

    def __init__(self, face: AdapterFace) -> None:
        self.face = face
        self.now = 0

    def ask(self, octets: bytes, wait: int = 600) -> list[bytes]:
        """What it answers to a command within a time, ms."""
        found: list[Any] = list(self.face.receive(Command("port#1", octets, ""), self.now))
        self.now += wait
        found += self.face.advance(self.now)
        return [one.value for one in found if isinstance(one, Answer)]


def stick(**given: Any) -> Port:
    made = RadioSettings(**{"always_awake": True, **given})
    return Port(rfspy.Stick("pump", Paradigm().pump, made))


def tune(port: Port, mhz: float) -> None:
    steps = round(mhz / subg_rfspy.MHZ_PER_STEP)
    for register, value in zip(subg_rfspy.FREQUENCY, steps.to_bytes(3, "big"), strict=True):
        assert port.ask(bytes([6, register, value])) == [b"\x01\x00"]


def test_a_scan_of_frequencies_has_a_peak_where_the_pump_listens() -> None:
    port = stick(frequency=916.68, distance=0.1)
    heard = {}
    for step in range(25):
        mhz = 916.45 + step * 0.02
        tune(port, mhz)
        (answer,) = port.ask(over_rfspy(short(Opcode.MODEL)))
        if len(answer) > 2:
            heard[round(mhz, 2)] = subg_rfspy.dbm_of(answer[0])
    assert abs(max(heard, key=lambda mhz: heard[mhz]) - 916.68) < 0.011
    assert min(heard) >= 916.57
    assert max(heard) <= 916.79
    strengths = list(heard.values())
    assert strengths == sorted(strengths[: strengths.index(max(strengths))]) + sorted(
        strengths[strengths.index(max(strengths)) :], reverse=True
    )


def test_distance_weakens_the_signal_and_ends_it() -> None:
    near, far, gone = (stick(distance=distance).ask(over_rfspy(short(Opcode.MODEL)))[0] for distance in (0.3, 5, 40))
    assert subg_rfspy.dbm_of(near[0]) > subg_rfspy.dbm_of(far[0])
    assert gone == b"\xaa\x00"


def test_a_time_out_really_elapses_and_a_command_ends_the_listening() -> None:
    port = stick()
    asked = over_rfspy(RadioPacket("123456", Opcode.MODEL), timeout=500)
    assert port.ask(asked, wait=500) == []
    assert port.ask(b"\x01") == [b"\xbb\x00", b"OK\x00"]
    assert port.ask(asked, wait=520) == [b"\xaa\x00"]


def test_whoever_listens_hears_what_is_on_the_air_then() -> None:
    port = stick(always_awake=False)
    head = subg_rfspy.SendHead(0, 249, 0)
    wake = subg_rfspy.request(subg_rfspy.SendPacket(head, subg_rfspy_coded(short(Opcode.WAKE_UP))))
    port.now = 100
    assert port.ask(wake, wait=2_500) == [b"\x00"]
    assert port.ask(b"\x03\x00\x00\x00\x13\x88", wait=100) == []
    port = stick(always_awake=False)
    on_air = rfspy.on_air(subg_rfspy_coded(short(Opcode.WAKE_UP)), head)
    assert port.ask(wake, wait=on_air) == [b"\x00"]
    (answer,) = port.ask(b"\x03\x00\x00\x00\x13\x88", wait=6_000)
    assert from_rfspy(answer) == ACK


def subg_rfspy_coded(packet: RadioPacket) -> bytes:
    return over_rfspy(packet)[10:-1]


def test_a_pump_out_of_range_leaves_the_stick_alone() -> None:
    port = stick()
    port.face.set_in_range(on=False)
    assert port.ask(over_rfspy(short(Opcode.MODEL))) == [b"\xaa\x00"]
    assert port.ask(b"\x01") == [b"OK\x00"]
    port.face.set_in_range(on=True)
    assert len(port.ask(over_rfspy(short(Opcode.MODEL)))[0]) > 2


def test_mmcommander_confirms_and_then_hands_on_what_came() -> None:
    port = Port(mmcommander_face.Stick("pump", Paradigm().pump, ParadigmSettings(always_awake=True)))
    (answer,) = port.ask(mmcommander.request(mmcommander.Send(radio.encode(short(Opcode.BOLUS)))))
    assert answer == mmcommander.received(radio.encode(ACK))
    assert port.ask(mmcommander.request(mmcommander.Send(radio.encode(RadioPacket("123456", Opcode.MODEL))))) == []
    assert port.ask(mmcommander.request(mmcommander.Send(b"noise"))) == []


def test_mmcommander_sends_one_batch_after_the_other_and_receives_what_comes_after_the_last_one() -> None:
    port = Port(mmcommander_face.Stick("pump", Paradigm().pump, ParadigmSettings()))
    port.now = 100
    wake = mmcommander.request(mmcommander.Send(radio.encode(short(Opcode.WAKE_UP)), times=100))
    assert port.ask(wake, wait=800) == [], "a batch of 0.7 s may miss the moment at which a sleeping pump listens"
    assert [port.ask(wake, wait=3) for _ in range(5)] == [[]] * 5
    assert port.ask(wake, wait=6_000) == [mmcommander.received(radio.encode(ACK))]


def carelink_stick(**given: Any) -> Port:
    return Port(carelink_face.Stick("pump", Paradigm().pump, ParadigmSettings(**{"always_awake": True, **given})))


def chunks(port: Port) -> list[bytes]:
    """What can be read, as a client polls for it."""
    found = []
    for _ in range(30):
        (answer,) = port.ask(carelink.request(carelink.LinkStatus()), wait=100)
        size = answer[6] << 8 | answer[7]
        if answer[5] & carelink.LinkFlag.DATA_READY:
            (chunk,) = port.ask(carelink.request(carelink.ReadRadio(size)), wait=100)
            assert len(chunk) == size
            data, last = carelink.chunk_of(chunk)
            found.append(data)
            if last:
                break
    return found


def test_a_bolus_that_is_sent_twice_through_carelink_is_delivered_once() -> None:
    port = carelink_stick()
    bolus = carelink.request(carelink.Send(SERIAL, Opcode.BOLUS, encode(parameters.BolusFortieths(40))))
    (answer,) = port.ask(bolus, wait=0)
    assert answer == carelink.acknowledged()
    (nothing_yet,) = port.ask(carelink.request(carelink.LinkStatus()), wait=100)
    assert not nothing_yet[5] & carelink.LinkFlag.DATA_READY
    assert chunks(port) == [b"\x00"]
    port.ask(bolus, wait=0)
    assert chunks(port) == [b"\x0c"]


def test_an_answer_that_was_not_read_is_not_taken_for_the_next_one() -> None:
    port = carelink_stick()
    clock = answers.Clock(12, 30, 0, 2030, 1, 1)
    port.ask(carelink.request(carelink.Send(SERIAL, Opcode.SET_CLOCK, encode(clock), frames=0)), wait=1_000)
    port.ask(carelink.request(carelink.Send(SERIAL, Opcode.MODEL)), wait=0)
    (data,) = chunks(port)
    assert decode(answers.Model, data[:9]).digits == "723"


def test_a_page_through_carelink_comes_in_sixteen_chunks() -> None:
    port = carelink_stick()
    port.ask(carelink.request(carelink.Send(SERIAL, Opcode.HISTORY_PAGE, b"\x00", frames=2)), wait=0)
    found = chunks(port)
    assert [len(data) for data in found] == [64] * 16
    pages.opened(b"".join(found))


def test_carelink_wakes_a_pump_and_counts_what_was_not_answered() -> None:
    port = carelink_stick(always_awake=False)
    port.now = 100
    model = carelink.request(carelink.Send(SERIAL, Opcode.MODEL))
    port.ask(model)
    assert chunks(port) == []
    (counters,) = port.ask(carelink.request(carelink.Counters(0)))
    assert counters[3 + 3] == 1  # time-outs
    port.ask(carelink.request(carelink.Send(SERIAL, Opcode.WAKE_UP, bytes([1, 10]), frames=0)), wait=0)
    assert chunks(port) == [b""]
    port.ask(model)
    assert len(chunks(port)) == 1
    assert port.ask(carelink.request(carelink.ReadRadio(78))) == [carelink.refused()]


def test_no_packet_breaks_the_pump() -> None:
    """Every op code, announced and with any parameters: an answer or silence, and nothing worse."""
    chance, answered = random.Random(1), set()
    for model in ("512", "522", "723"):
        paradigm = Paradigm(model)
        for opcode in range(256):
            paradigm.sends(short(opcode))
            for _ in range(2):
                given = chance.randbytes(chance.choice((0, 1, 2, 3, 7, 64)))
                packet = RadioPacket(SERIAL, opcode, radio.long_payload(chance.choice((len(given), 0x81, 255)), given))
                if (answer := paradigm.sends(packet)) is not None:
                    answered.add(answer.opcode)
            paradigm.wait(seconds(10))
        records = paradigm.history()
        assert records
        assert paradigm.sends(short(Opcode.MODEL)) is not None
    assert {Opcode.ACK, Opcode.NAK} <= answered


@pytest.mark.parametrize(
    "wrong",
    [
        {"model": "7"},
        {"serial_number": "20885"},
        {"listens_every": "0s"},
        {"answers_after": "1h"},
        {"target": [120, 90]},
        {"frequency": 100},
        {"distance": float("nan")},
        {"firmware": "\u00e9"},
    ],
    ids=str,
)
def test_a_setting_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        RadioSettings.model_validate(wrong)
