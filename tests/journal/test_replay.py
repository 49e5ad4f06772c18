"""A journal is played again: the device's side of it, against a live client, and the first place where they part."""

import asyncio
import json
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.collectors.collector import Key
from isletbench.emulator.collectors.link_collector import LinkCollector
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.endpoints.recorded import stand_in
from isletbench.emulator.gatt import ErrorResponse, Write
from isletbench.emulator.journal import reader
from isletbench.emulator.journal.entries import Entry, Header, RequestEntry
from isletbench.emulator.journal.replay import Recording, RecordingError, turns_of
from isletbench.emulator.journal.writer import recorded, to_text
from isletbench.emulator.rigs.rig import load_rig
from isletbench.protocols import companions, ids
from isletbench.protocols.att import AttError
from isletbench.protocols.ids import BolusType
from tests.bench.test_day import Conversation
from tests.harness.command_line import called
from tests.harness.journals import outgoing
from tests.interfaces.cli.test_up import PATIENCE_S, environment_of

JUMP = Pace(None)


async def treat(bench: Bench, amount: float, *, impatient: bool = False) -> list[Any]:
    """What a client does, and what it is told: a bolus, a wait, the totals."""
    collector = LinkCollector(bench.memory["pump"].connect)
    await collector.connect()
    talk = Conversation(collector, ids.SERVICE, protected=True)
    for point in (ids.COMMAND_POINT, ids.STATUS_READER_POINT):
        await talk.listen(point)
    statuses: list[Any] = []
    await collector.subscribe(talk.key(ids.STATUS), lambda value: statuses.append(talk.e2e.open(ids.STATUS, value)))
    told = [await talk.ask(ids.COMMAND_POINT, ids.SetBolus(BolusType.FAST, amount, 0.0, 0))]
    await asyncio.sleep(5 if impatient else 60)
    told.append(await talk.ask(ids.STATUS_READER_POINT, ids.GetDeliveredInsulin()))
    await collector.disconnect()
    return [*told, *statuses]


def treated(amount: float = 1.0) -> tuple[list[Entry], list[Any]]:
    entries: list[Entry] = []
    told: list[Any] = []

    async def main() -> None:
        async with Bench(load_rig(), ports=Ports.MEMORY, journal=recorded(entries)) as bench:
            told.extend(await treat(bench, amount))

    run(main(), JUMP)
    return entries, told


def again(entries: list[Entry], amount: float, **options: bool) -> tuple[Recording, list[Any]]:
    recording, told = Recording(entries), []

    async def main() -> None:
        async with Bench(load_rig(), ports=Ports.MEMORY, stand_in=partial(stand_in, recording)) as bench:
            told.extend(await treat(bench, amount, **options))

    run(main(), JUMP)
    return recording, told


def refused_deletion(**options: Any) -> AttError:
    """The refusal of a client on the serial link, which has no bond, that asks for its bond to be deleted."""
    refusals: list[AttError] = []

    async def main() -> None:
        async with Bench(load_rig(), ports=Ports.MEMORY, **options) as bench:
            collector = LinkCollector(bench.memory["pump"].connect)
            await collector.connect()
            point = Key(companions.BOND_MANAGEMENT, companions.BOND_POINT.uuid)
            with pytest.raises(AttError) as refused:
                await collector.write(point, companions.BOND_POINT.encode_payload(companions.DeleteBondOfRequestingDevice(b"")))
            refusals.append(refused.value)
            await collector.disconnect()

    run(main(), JUMP)
    return refusals[0]


def test_a_refused_deletion_of_a_bond_has_the_code_of_its_service_in_the_journal_and_in_a_replay() -> None:
    entries: list[Entry] = []
    live = refused_deletion(journal=recorded(entries))
    assert live.code is companions.BondErrorCode.BOND_OPERATION_FAILED
    assert [refusal.code for _, refusal in outgoing(entries, ErrorResponse)] == [live.code]
    assert refused_deletion(stand_in=partial(stand_in, Recording(entries))).code is live.code
    read = reader.read(to_text(entries).splitlines())
    assert [refusal.code for _, refusal in outgoing(read, ErrorResponse)] == [live.code]
    assert refused_deletion(stand_in=partial(stand_in, Recording(read))).code is live.code


def test_the_same_client_hears_the_same_to_the_octet() -> None:
    entries, told = treated()
    recording, heard = again(entries, 1.0)
    assert heard == told
    assert recording.is_over
    assert recording.divergences == []
    (playback,) = recording.playbacks
    assert playback.played >= 6
    assert playback.device == "pump", "nobody spoke to the other one"


def test_a_faster_client_hears_the_rest_before_its_next_turn() -> None:
    entries, told = treated()
    recording, heard = again(entries, 1.0, impatient=True)
    assert heard == told
    assert recording.divergences == []


def test_the_first_place_where_a_client_parts_is_told() -> None:
    entries, _ = treated()
    recording = Recording(entries)

    async def main() -> None:
        async with Bench(load_rig(), ports=Ports.MEMORY, stand_in=partial(stand_in, recording)) as bench:
            with pytest.raises(AttError):
                await treat(bench, 2.0)

    run(main(), JUMP)
    (divergence,) = recording.divergences
    assert divergence.device == "pump"
    assert divergence.expected.startswith("write of attribute 0x")
    assert "4B 11 00 33 01 00" in divergence.expected, "1.0 U"
    assert "4B 11 00 33 02 00" in divergence.got, "2.0 U"
    parted = entries[divergence.line]
    assert isinstance(parted, RequestEntry)
    assert isinstance(parted.request, Write)


def test_a_client_that_says_more_than_was_said_parts_at_the_end() -> None:
    entries, _ = treated()
    cut = [entry for entry in entries if isinstance(entry, Header) or entry.at < 10_000]
    recording = Recording(cut)

    async def main() -> None:
        async with Bench(load_rig(), ports=Ports.MEMORY, stand_in=partial(stand_in, recording)) as bench:
            with pytest.raises(AttError):
                await treat(bench, 1.0)

    run(main(), JUMP)
    (divergence,) = recording.divergences
    assert divergence.expected == "nothing more"


def test_a_journal_in_which_nobody_spoke_has_nothing_to_play() -> None:
    entries, _ = treated()
    with pytest.raises(RecordingError, match="nothing that a client said to cgm"):
        turns_of(entries, "cgm")


PROGRAM = """
import sys
from isletbench.emulator.collectors.serial_client import SerialClient
from isletbench.hil_rigs.clients.pump_client import PumpClient
with SerialClient(sys.argv[1]) as link:
    pump = PumpClient(link)
    print(pump.status().reservoir_remaining, pump.bolus(float(sys.argv[2])))
"""


@pytest.mark.parametrize(("amount", "code"), [pytest.param("0.1", 0, marks=pytest.mark.slow), ("0.2", 1)])
def test_from_the_command_line_with_a_program_of_its_own(tmp_path: Path, amount: str, code: int) -> None:
    environment = environment_of(tmp_path)
    journal = tmp_path / "journal.jsonl"

    def speak(process: "subprocess.Popen[str]", dose: str) -> None:
        assert process.stdout is not None
        port = json.loads(process.stdout.readline())["devices"]["pump"]["serial"]
        subprocess.run(
            [sys.executable, "-c", PROGRAM, port, dose], env=environment, capture_output=True, timeout=PATIENCE_S, check=False
        )

    def start(*words: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "isletbench", *words]
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    up = start("up", "--json", "--journal", str(journal))
    speak(up, "0.1")
    up.terminate()
    up.communicate(timeout=PATIENCE_S)
    replay = start("replay", str(journal), "--json", "--for", "20s")
    speaking = threading.Thread(target=speak, args=(replay, amount))
    speaking.start()
    speaking.join(PATIENCE_S)
    stdout, stderr = replay.communicate(timeout=PATIENCE_S)
    assert replay.returncode == code, stderr
    told = json.loads(stdout.splitlines()[-1])
    assert told["played"] > 5
    if code:
        assert told["divergence"]["device"] == "pump"
    else:
        assert (told["divergence"], told["left"]) == (None, 0)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no such file"),
        ("not json", "expected a journal, a JSON object a line"),
        ('{"journal": 9}', "expected a journal of version 1"),
        ('{"journal": 1, "rig": "nowhere"}', "nowhere: there is no such file; expected a rig file"),
        ('{"journal": 1, "rig": "default"}', "the journal has no client's word to any of the devices of the rig default"),
    ],
)
def test_what_is_no_journal_is_said_in_one_sentence(tmp_path: Path, content: str | None, said: str) -> None:
    path = tmp_path / "journal.jsonl"
    if content is not None:
        path.write_text(content + "\n", encoding="utf-8")
    ended = called("replay", str(path), environment={"ISLETBENCH_DIR": str(tmp_path / "run")})
    assert ended.returncode == 2
    assert said in " ".join(ended.stderr.split())
    assert "Traceback" not in ended.stderr
