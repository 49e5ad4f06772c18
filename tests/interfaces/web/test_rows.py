"""What the page is sent of a journal: rows of the conversation, stages of exchanges, marks of the time axis."""

import asyncio
import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from isletbench.emulator.cgm.events import CalibrationTaken
from isletbench.emulator.core.endpoint import Place
from isletbench.emulator.core.notes import Accepted, Committed, Decoded, Refused, Stage
from isletbench.emulator.faults import AnyFault, Fault
from isletbench.emulator.gatt import Indicate, Notify, Read, ReadResponse, Write, WriteResponse
from isletbench.emulator.interfaces.web import assets
from isletbench.emulator.interfaces.web.feed import AT_ONCE, Feed
from isletbench.emulator.interfaces.web.finished import Finished
from isletbench.emulator.interfaces.web.marks import Marks
from isletbench.emulator.interfaces.web.quick import QUICK, quick_calls
from isletbench.emulator.interfaces.web.rows import Rows
from isletbench.emulator.journal.entries import Entry, Header, LedgerEntry, NoteEntry, OutgoingEntry, RequestEntry
from isletbench.emulator.journal.tail import Tail
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.meter.events import BloodTested
from isletbench.emulator.reports.decoded import details, summary
from isletbench.emulator.reports.rows import FORGET_AFTER, Row
from isletbench.protocols import ids
from isletbench.protocols.catalogue import TYPES
from isletbench.protocols.fields import Special
from tests.interfaces.web.looked_at import looked_at
from tests.reports.runs import run

FAULT: TypeAdapter[Fault] = TypeAdapter(AnyFault)
HEADER = Header(devices={"cgm": "cgm", "pump": "pump"})
COMMAND = Place(ids.COMMAND_POINT.uuid)
STATUS = Place(ids.STATUS.uuid)
CANCEL = ids.COMMAND_POINT.encode(ids.CancelBolus(bolus_id=3), protected=False)


def rows_of(*entries: Entry) -> list[Row | None]:
    rows = Rows({})
    return [rows.row(number, entry) for number, entry in enumerate((HEADER, *entries), 1)][1:]


def test_a_value_without_anything_set_says_so() -> None:
    place, empty = Place(ids.ANNUNCIATION_STATUS.uuid), bytes.fromhex("00")
    (row,) = rows_of(OutgoingEntry(10, "pump", ReadResponse("pump.serial#1", 4, empty), place=place))
    assert row is not None
    assert row["w"] == "nothing set"


def test_a_request_its_stages_and_its_answer_are_one_exchange() -> None:
    write, decoded, committed, sent, answer = rows_of(
        RequestEntry(10, "pump", Write("pump.serial#1", 4, CANCEL), place=COMMAND),
        NoteEntry("pump", Decoded(10, "CancelBolus", {})),
        NoteEntry("pump", Committed(10, "CancelBolus")),
        OutgoingEntry(10, "pump", WriteResponse("pump.serial#1", 4), place=COMMAND),
        OutgoingEntry(12, "pump", Indicate("pump.serial#1", 4, b"\x01\x02"), place=COMMAND),
    )
    assert write is not None
    assert write == {
        "n": 2,
        "t": 10,
        "k": "wire",
        "d": "pump",
        "dir": "in",
        "what": "write",
        "type": "ids.CommandControlPoint",
        "w": "bolus id 3",
        "op": "CancelBolus",
        "o": CANCEL.hex(),
        "x": 2,
        "s": "received",
    }
    assert decoded == {"n": 3, "t": 10, "x": 2, "d": "pump", "s": "decoded"}
    assert committed is not None
    assert committed["s"] == "committed"
    assert sent is not None
    assert (sent["x"], sent["s"], sent["dir"]) == (2, "reply_sent", "out")
    assert answer is not None
    assert answer["x"] == 2


def test_a_refusal_says_why() -> None:
    _, _, refused = rows_of(
        RequestEntry(10, "pump", Write("pump.serial#1", 4, CANCEL), place=COMMAND),
        NoteEntry("pump", Accepted(10, "CancelBolus")),
        NoteEntry("pump", Refused(10, "there is no such bolus")),
    )
    assert refused is not None
    assert (refused["x"], refused["why"], refused["s"]) == (2, "there is no such bolus", "accepted")


def test_a_message_that_a_fault_has_touched_says_which_and_how_far_it_came() -> None:
    _, lost = rows_of(
        RequestEntry(5, "pump", Read("pump.serial#1", 4), place=STATUS),
        OutgoingEntry(
            5, "pump", ReadResponse("pump.serial#1", 4, b"\x55"), stage=Stage.REPLY_QUEUED, place=STATUS, faults=("quiet",)
        ),
    )
    assert lost is not None
    assert (lost["f"], lost["lost"]) == (["quiet"], "reply_queued")
    assert lost["w"].startswith("not decodable: ")


def test_what_is_no_value_of_a_known_type_is_shown_all_the_same() -> None:
    subscribed, unknown = rows_of(
        RequestEntry(5, "pump", Write("pump.serial#1", 5, b"\x02\x00"), place=Place(ids.STATUS.uuid, is_descriptor=True)),
        OutgoingEntry(5, "pump", Notify("pump.serial#1", 99, b"\x01\x02\x03"), place=Place(0xABCD)),
    )
    assert subscribed is not None
    assert (subscribed["type"], subscribed["w"]) == ("ids.Status", "indications on")
    assert unknown is not None
    assert (unknown["type"], unknown["w"]) == ("ABCD", "3 octets")


def test_a_run_without_an_end_needs_no_more_memory() -> None:
    rows = Rows({"pump": "pump"})
    for number in range(1, 4 * FORGET_AFTER):
        rows.row(number, RequestEntry(number, "pump", Read("pump.serial#1", 4), place=STATUS))
    assert len(rows._rows._matching.conversation.exchanges) < FORGET_AFTER


def marks_of(entries: list[Entry]) -> list[list[Any]]:
    marks = Marks()
    return [[entry.at // 60_000, *mark] for entry in entries if not isinstance(entry, Header) for mark in marks.of(entry)]


def test_everything_on_the_time_axis_comes_from_the_ledger() -> None:
    found = marks_of(run())
    for mark in (
        [60, "carbs", "patient", 60.0, "eaten"],
        [60, "bolus", "pump", 1, 4.0, "fast"],
        [60, "bolus_end", "pump", 1, 3.0, "canceled"],
        [120, "temp", "pump", "150 %", 150 * 60_000],
        [600, "path", "pump", "occlusion", True],
        [600, "annunciation", "pump", "occlusion detected"],
        [600, "fault", "blocked", "struck", ""],
        [0, "fault", "blocked", "injected", "occlude"],
        [1200, "therapy", "pump", False],
        [420, "link", "cgm", "cgm.ble#1", False],
        [420, "absent", "cgm.ble", True],
        [700, "sensor", "cgm", None],
        [5, "sensor", "cgm", None],  # it was lost: nobody was sent it
    ):
        assert mark in found, mark


def test_a_finger_stick_is_on_the_time_axis_with_what_the_meter_shows() -> None:
    tests = (
        BloodTested(0, 130.0, 132.0),
        BloodTested(1, 700.0, 600.0, beyond="HI"),
        BloodTested(2, 130.0, failed="read_error"),
    )
    found = marks_of([LedgerEntry(60_000 * at, "meter", test) for at, test in enumerate(tests)])
    assert found == [
        [0, "stick", "meter", 132.0, "132 mg/dL"],
        [1, "stick", "meter", 600.0, "HI"],
        [2, "stick", "meter", None, "failed: read error"],
    ]


def test_what_calibrates_a_sensor_is_a_finger_stick_on_the_time_axis() -> None:
    taken = CalibrationTaken(1, 122.0), CalibrationTaken(2, Special.NAN)
    found = marks_of([LedgerEntry(60_000 * at, "cgm", one) for at, one in enumerate(taken)])
    assert found == [[0, "stick", "cgm", 122.0, "calibrated with 122 mg/dL"]]


def test_a_pulse_says_whether_it_arrives() -> None:
    pulses = [mark for mark in marks_of(run()) if mark[1] == "pulse" and mark[4] == "basal"]
    blocked = {minute for minute, *_, arrives in pulses if not arrives}
    assert blocked == {180, *range(605, 665, 5)}  # at 3 h the motor moved nothing; from 10 h the path is blocked


async def events(feed: Feed, after: int = 0) -> list[dict[str, Any]]:
    """The rows that a feed sends until the journal is complete."""
    found: list[dict[str, Any]] = []
    async for event in feed.events(after):
        lines = dict(line.split(": ", 1) for line in event.decode().strip().split("\n"))
        if "id" in lines:
            rows = json.loads(lines["data"])
            assert len(rows) <= AT_ONCE
            assert rows[-1]["n"] == int(lines["id"])
            found += rows
    return found


async def test_the_feed_of_a_finished_journal_goes_on_after_any_line() -> None:
    entries = run()
    rows = await events(Feed(Finished(entries), {}, kept=None))
    lines = [row["n"] for row in rows]
    assert lines == sorted(set(lines))
    assert max(lines) <= len(entries)
    later = await events(Feed(Finished(entries), {}, kept=None), after=lines[100])
    assert later == rows[101:]


async def test_a_feed_that_runs_sends_what_comes_to_everyone_and_keeps_the_last_of_it() -> None:
    journal = Journal()
    tail = Tail(journal)
    feed = Feed(tail, {"pump": "pump"}, kept=5)
    both = [asyncio.create_task(events(feed)) for _ in range(2)]
    for at in range(20):
        journal.request(at, "pump", Read("pump.serial#1", 4), STATUS)
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    tail.close()
    first, second = await asyncio.gather(*both)
    assert first == second
    assert [row["n"] for row in first][-5:] == [16, 17, 18, 19, 20]
    assert len(await events(feed)) == 5


def test_the_tail_keeps_readings_however_busy_a_client_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("isletbench.emulator.journal.tail.KEPT", 3)
    journal = Journal()
    tail = Tail(journal)
    journal.open(HEADER)
    for at in range(10):
        journal.request(at, "pump", Read("pump.serial#1", 4), STATUS)
    assert [number for number, _ in tail.newer(0)] == [1, 9, 10, 11]
    assert [number for number, _ in tail.newer(9)] == [10, 11]


def test_octets_are_decoded_with_the_command_that_does_the_same() -> None:
    found = details("ids.CommandControlPoint", CANCEL)
    assert found["operation"] == "CancelBolus"
    assert found["command"] == f"isletbench decode ids.CommandControlPoint {CANCEL.hex()}"
    assert [(field["name"], field["value"]) for field in found["fields"]][-1] == ("bolus_id", "3")
    sealed = TYPES["ids.Status"].encode(
        TYPES["ids.Status"].decode(bytes.fromhex("5596000001"), protected=False), protected=True, counter=1
    )
    assert details("ids.Status", sealed)["command"].endswith(" --e2e")
    assert details("Battery Level", b"\x07")["command"] is None
    assert details("ids.Status", b"\x01")["problem"]
    with pytest.raises(KeyError):
        details("ids.Nothing", b"")


def test_records_that_a_notification_concatenates_are_decoded_one_by_one() -> None:
    two = bytes.fromhex("060078000500060079000a00")
    assert (
        summary(TYPES["cgms.Measurement"], two)[1]
        == "glucose 120 mg/dL, time offset 5 min; glucose 121 mg/dL, time offset 10 min"
    )
    begins = [field["begin"] for field in details("cgms.Measurement", two)["fields"] if field["name"].endswith("size")]
    assert begins == [0, 6]


def test_every_quick_press_is_a_call_that_a_bench_takes(tmp_path: Path) -> None:
    with looked_at(tmp_path) as there:
        steering = there.bench.steering
        calls = quick_calls(steering, there.bench.rig.participants)
        assert {one["label"] for one in calls} == {one.label for one in QUICK if one.name != "measure"}, "it has no meter"
        for one in calls:
            for device in one["devices"]:
                if one["call"] == "do":
                    steering.check(device, one["name"], one["arguments"])
                else:
                    fault = FAULT.validate_python({"fault": one["name"], "device": device, **one["arguments"]})
                    there.call(partial(steering.inject, fault))
                    there.call(steering.faults.clear_all)


def test_every_file_of_the_page_is_small_and_has_a_type() -> None:
    for name in assets.names():
        found = assets.file(name)
        assert found is not None
        lines = found.content.decode().count("\n")
        assert lines < 430 or name == "uPlot.js", name
    assert assets.file("../site.py") is None
    theme = assets.file("theme.css")
    assert theme is not None
    assert b"--muted:" in theme.content
