"""A journal of an existing protocol is played again: the device's side of it, against a live client."""

import asyncio
from functools import partial
from typing import Any

import pytest

from isletbench import Bench, Ports, run
from isletbench.emulator.core.clock import Pace
from isletbench.emulator.endpoints.recorded import stand_in
from isletbench.emulator.journal import reader
from isletbench.emulator.journal.entries import Entry
from isletbench.emulator.journal.replay import Recording
from isletbench.emulator.journal.writer import recorded, to_text
from isletbench.emulator.rigs.rig import Rig, validated
from isletbench.protocols.dexcom import packets
from isletbench.protocols.medtronic import mmcommander, parameters, radio
from isletbench.protocols.medtronic.opcodes import Opcode
from isletbench.protocols.packet import encode
from tests.endpoints.paradigm.asking import long, over_rfspy, short

PUMP = {"kind": "pump", "profile": "paradigm_x23", "basal": [{"at": "00:00", "rate": "1"}]}
BOLUS = short(Opcode.BOLUS), long(Opcode.BOLUS, encode(parameters.BolusFortieths(40)))
TALKS: dict[str, tuple[dict[str, Any], list[bytes]]] = {
    "paradigm_rfspy": (PUMP, [over_rfspy(one) for one in (short(Opcode.MODEL), *BOLUS, short(Opcode.RESERVOIR))]),
    "paradigm_mmcommander": (PUMP, [mmcommander.request(mmcommander.Send(radio.encode(one))) for one in BOLUS]),
    "dexcom_receiver": (
        {"kind": "cgm", "glucose": {"mg_dl": 123}},
        [packets.build(packets.Command.READ_SYSTEM_TIME), packets.build(packets.Command.READ_TRANSMITTER_ID)],
    ),
}


def rig(personality: str, start: str) -> Rig:
    awake = {"always_awake": True} if personality.startswith("paradigm") else {}
    device = {**TALKS[personality][0], "serial": "pty:", "speaks": {"personality": personality, **awake}}
    return validated({"schema": 1, "name": "talk", "start": start, "devices": {"device": device}}, "the test")


def talk(personality: str, requests: list[bytes], start: str = "2030-01-01T08:00:00", **given: Any) -> list[bytes]:
    """What is answered to each request within five seconds."""
    answers: list[bytes] = []

    async def main() -> None:
        async with Bench(rig(personality, start), ports=Ports.MEMORY, **given) as bench:
            come = bytearray()
            line = bench.memory["device"].connect(come.extend)
            for request in requests:
                come.clear()
                line.write(request)
                await asyncio.sleep(5)
                answers.append(bytes(come))
            line.close()

    run(main(), Pace(None))
    return answers


@pytest.mark.parametrize("personality", TALKS)
def test_the_same_client_is_answered_as_it_was_whatever_the_device_would_say_now(personality: str) -> None:
    entries: list[Entry] = []
    requests = TALKS[personality][1]
    answered = talk(personality, requests, journal=recorded(entries))
    assert all(answered)
    recording = Recording(list(reader.read(to_text(entries).splitlines())))
    again = talk(personality, requests, start="2031-05-05T05:05:05", stand_in=partial(stand_in, recording))
    assert again == answered
    (playback,) = recording.playbacks
    assert recording.is_over
    assert playback.played == len(requests) + 1, "the opening of the port is a turn, too"


def test_the_first_other_request_is_where_the_client_parts_from_the_recording() -> None:
    entries: list[Entry] = []
    requests = TALKS["paradigm_rfspy"][1]
    answered = talk("paradigm_rfspy", requests, journal=recorded(entries))
    recording = Recording(entries)
    other = [*requests[:2], over_rfspy(long(Opcode.BOLUS, encode(parameters.BolusFortieths(80)))), requests[3]]
    assert talk("paradigm_rfspy", other, stand_in=partial(stand_in, recording)) == [*answered[:2], b"", b""]
    (divergence,) = recording.divergences
    assert divergence.expected.startswith("command SetBolus 05 ")
    assert divergence.got.startswith("command SetBolus 05 ")
    assert divergence.got != divergence.expected
