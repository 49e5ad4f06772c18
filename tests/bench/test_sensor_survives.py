"""A sensor goes on from a state file: session, records and calibrations are those of the bench that was killed."""

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.collectors.collector import Key
from isletbench.emulator.collectors.link_collector import LinkCollector
from isletbench.emulator.collectors.protection import E2eProtection
from isletbench.emulator.collectors.serial_client import SerialClient
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.core.quantities import hours, minutes
from isletbench.emulator.rigs.rig import parse
from isletbench.protocols import cgms
from isletbench.protocols.cgms import Calibration, CalibrationStatus, SampleLocation, SampleType
from isletbench.protocols.date_time import DateTime
from isletbench.protocols.e2e import split_records
from isletbench.protocols.fields import DstOffset
from isletbench.protocols.racp import GENERIC, CountResponse, Operation, Operator, Request, Selection
from tests.bench.test_day import Conversation

RIG = """
schema = 1
name = "survives"
seed = 3
[devices.cgm]
kind = "cgm"
serial = "pty:"
glucose = { mean_mg_dl = 120, amplitude_mg_dl = 40, period_minutes = 600 }
tuning = { starts_by_itself = false, cadence = "5m", error_model = "vettoretti2018" }
"""
SUCCESS = cgms.OpsResponse.SUCCESS
TOLD = cgms.SessionStartTime(DateTime.of(datetime(2026, 1, 1, 7, 30)), 4, DstOffset.STANDARD)  # noqa: DTZ001  # local
FINGER = SampleType.CAPILLARY_WHOLE_BLOOD, SampleLocation.FINGER


def reference(mg_dl: float, minute: int) -> cgms.SetGlucoseCalibrationValue:
    return cgms.SetGlucoseCalibrationValue(Calibration(mg_dl, minute, FINGER, 0xFFFF, 0, CalibrationStatus(0)))


@dataclass
class Seen:
    """What a client sees of a sensor."""

    start: Any
    records: list[bytes]
    calibration: Any


class Client:
    """A client of the sensor of a bench in jump pace."""

    def __init__(self, bench: Bench) -> None:
        self.talk = Conversation(LinkCollector(bench.memory["cgm"].connect), cgms.SERVICE, protected=True)
        self.records: list[bytes] = []

    async def connect(self) -> None:
        talk, collector = self.talk, self.talk.collector
        await collector.connect()
        await talk.listen(cgms.SPECIFIC_OPS_POINT)
        await collector.subscribe(talk.key(cgms.MEASUREMENT), lambda value: self.records.extend(split_records(value)))
        await collector.subscribe(
            talk.key(cgms.RECORD_ACCESS), lambda value: talk.answers.put_nowait(GENERIC.decode_answer(value))
        )

    async def start_session(self) -> None:
        answer = await self.talk.ask(cgms.SPECIFIC_OPS_POINT, cgms.StartSession())
        assert answer.code is SUCCESS
        value = cgms.SESSION_START_TIME.encode(TOLD, protected=True)
        await self.talk.collector.write(self.talk.key(cgms.SESSION_START_TIME), value)

    async def calibrate(self, mg_dl: float, minute: int) -> None:
        answer = await self.talk.ask(cgms.SPECIFIC_OPS_POINT, reference(mg_dl, minute))
        assert answer.code is SUCCESS

    async def seen(self) -> Seen:
        value = await self.talk.collector.read(self.talk.key(cgms.SESSION_START_TIME))
        start = cgms.SESSION_START_TIME.decode(value, protected=True)
        counted = await self.talk.ask(cgms.RECORD_ACCESS, Request(Operation.COUNT, Selection(Operator.ALL)))
        assert isinstance(counted, CountResponse)
        self.records.clear()
        if counted.count:
            await self.talk.ask(cgms.RECORD_ACCESS, Request(Operation.REPORT, Selection(Operator.ALL)))
            assert len(self.records) == counted.count
        calibration = await self.talk.ask(cgms.SPECIFIC_OPS_POINT, cgms.GetGlucoseCalibrationValue(0xFFFF))
        return Seen(start, list(self.records), calibration)


def copy(state: Path, to: Path) -> None:
    """The files that a bench would leave behind were it killed now."""
    to.mkdir()
    for file in state.parent.glob(f"{state.name}*"):
        shutil.copy(file, to / file.name)


async def treat(place: Path) -> list[Seen]:
    """A session with two calibrations; at five points what a killed bench would leave, and what its client had seen."""
    seen: list[Seen] = []
    async with Bench(parse(RIG, "survives"), ports=Ports.MEMORY, state=place / "state") as bench:
        client = Client(bench)

        async def keep() -> None:
            seen.append(await client.seen())
            copy(place / "state", place / str(len(seen)))

        await client.connect()
        await keep()
        await client.start_session()
        await keep()
        await bench.run(minutes(62))
        await client.calibrate(110.0, 60)
        await keep()
        await bench.run(hours(3))
        await keep()
        await client.calibrate(130.0, 240)
        await bench.run(hours(20))
        await keep()
    return seen


async def go_on(place: Path) -> tuple[Seen, Seen]:
    """What a client sees of the sensor of a bench that goes on: at once, and a day later."""
    async with Bench(parse(RIG, "survives"), ports=Ports.MEMORY, state=place / "state") as bench:
        client = Client(bench)
        await client.connect()
        at_once = await client.seen()
        await bench.run(hours(24) - bench.clock.now())
        return at_once, await client.seen()


def test_wherever_a_bench_is_killed_its_sensor_goes_on_as_if_it_had_not_been(tmp_path: Path) -> None:
    seen = run(treat(tmp_path), Pace(None))
    assert [len(one.records) for one in seen] == [0, 1, 13, 49, 289]
    assert [one.calibration.calibration.record_number for one in seen] == [0, 0, 1, 1, 2]
    assert len({one.start.time for one in seen}) == 2, "the session that the client started has no time of its own"
    later = []
    for number, before in enumerate(seen, 1):
        at_once, a_day_later = run(go_on(tmp_path / str(number)), Pace(None))
        assert at_once == before
        later.append(a_day_later)
    # the world goes on too: whoever was killed after the last calibration measures the same until the end of the day
    assert later[2].records[:49] == seen[3].records
    assert later[3].records[:13] == seen[2].records


class Up:
    """``isletbench up`` with a state file, and a client on the sensor's port."""

    def __init__(self, place: Path) -> None:
        words = ["up", "rig.toml", "--state", "state", "--json"]
        environment = {**os.environ, "ISLETBENCH_DIR": str(place / "run"), "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "isletbench", *words], cwd=place, env=environment, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.port = str(json.loads(self.process.stdout.readline())["devices"]["cgm"]["serial"])

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


class SerialTalk:
    """A client on a serial port."""

    def __init__(self, client: SerialClient) -> None:
        self.client, self.e2e = client, E2eProtection(protected=True)
        client.subscribe(Key(cgms.SERVICE, cgms.SPECIFIC_OPS_POINT.uuid))

    def ask(self, operation: Any) -> Any:
        point = cgms.SPECIFIC_OPS_POINT
        key = Key(cgms.SERVICE, point.uuid)
        self.client.write(key, self.e2e.seal(point, operation))
        answer = self.client.wait(60, key)
        assert answer is not None
        return self.e2e.open(point, answer[1])

    def session_start(self) -> cgms.SessionStartTime:
        value = self.client.read(Key(cgms.SERVICE, cgms.SESSION_START_TIME.uuid))
        start = cgms.SESSION_START_TIME.decode(value, protected=True)
        assert isinstance(start, cgms.SessionStartTime)
        return start


def test_a_session_that_a_client_started_survives_a_kill_of_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "rig.toml").write_text(RIG)
    first = Up(tmp_path)
    try:
        with SerialClient(first.port) as client:
            talk = SerialTalk(client)
            assert talk.ask(cgms.StartSession()).code is SUCCESS
            key = Key(cgms.SERVICE, cgms.SESSION_START_TIME.uuid)
            client.write(key, cgms.SESSION_START_TIME.encode(TOLD, protected=True))
            assert talk.ask(reference(115.0, 0)).code is SUCCESS
            started = talk.session_start()
    finally:
        first.kill()
    second = Up(tmp_path)
    try:
        with SerialClient(second.port) as client:
            talk = SerialTalk(client)
            assert talk.session_start() == started
            taken = talk.ask(cgms.GetGlucoseCalibrationValue(0xFFFF)).calibration
            assert (taken.record_number, taken.glucose) == (1, 115.0)
            assert talk.ask(cgms.StartSession()).code is not SUCCESS, "the session does not run any more"
    finally:
        second.kill()
