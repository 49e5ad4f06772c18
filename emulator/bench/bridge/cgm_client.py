"""The conversation of a device with its CGM over the Continuous Glucose Monitoring Service: status, live readings, backfill.

It understands what a careful client understands: protection that is on or off, several records in one value, damaged, late and
repeated ones, another session. Source: CGMS 1.0.1; CGMP 1.0.1 for the order of steps.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from isletbench.emulator.bench.bridge.session_log import SessionLog
from isletbench.emulator.collectors.collector import Collector, Key
from isletbench.emulator.core.quantities import Instant, Span, minutes, seconds
from isletbench.emulator.core.readings import GlucoseReading
from isletbench.protocols import cgms
from isletbench.protocols.att import AttError
from isletbench.protocols.cgms import Annunciation, Feature
from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.e2e import CRC_SIZE, Protected, opened_somehow, split_records
from isletbench.protocols.errors import WireError
from isletbench.protocols.packet import decode
from isletbench.protocols.racp import GENERIC, Operation, Operator, Request, Selection

COMMUNICATION_ERRORS = (OSError, AttError, WireError, LookupError)
"""A lost connection, silence, a refusal, an answer that cannot be decoded, a device that is no CGM."""
ANSWER_S = 30.0
"""The longest time for a record access procedure to send its next record, or its answer. CGMS 1.0.1, section 3.9."""
SILENCE = minutes(12)
"""After so long without a reading the connection is given up; or after 2.5 of the sensor's steps, if that is more."""
LOOK_EVERY = seconds(15)
"""How often it is checked that the connection is there, and still wanted."""
UNRELIABLE = (
    Annunciation.SESSION_STOPPED
    | Annunciation.SENSOR_TYPE_INCORRECT
    | Annunciation.SENSOR_MALFUNCTION
    | Annunciation.GENERAL_DEVICE_FAULT
    | Annunciation.SENSOR_TEMPERATURE_TOO_HIGH
    | Annunciation.SENSOR_TEMPERATURE_TOO_LOW
)
"""A value that comes with one of these is not relied on."""

Deliver = Callable[[Sequence[GlucoseReading]], None]


class CgmClient:
    """Follows one CGM, over one connection after another. ``deliver`` gets every reading once."""

    def __init__(self, collector: Collector, now: Callable[[], Instant], deliver: Deliver) -> None:
        self._collector, self._now, self._deliver = collector, now, deliver
        self._log = SessionLog()
        self._protected: Protected = False
        self._came: list[tuple[Instant, bytes]] = []
        """Values of CGM Measurement that were not looked at yet, and when they came."""
        self._answers: list[bytes] = []
        self._news = asyncio.Event()

    async def begin(self) -> None:
        """Connect, subscribe and fetch what was missed. Raises one of ``COMMUNICATION_ERRORS``."""
        await self._collector.connect()
        self._came.clear()
        self._answers.clear()
        await self._learn_protection()
        await self._collector.subscribe(_key(cgms.MEASUREMENT), self._measured)
        await self._collector.subscribe(_key(cgms.RECORD_ACCESS), self._answered)
        await self._look()

    async def follow(self, is_wanted: Callable[[], bool]) -> None:
        """Receive readings for as long as the connection is wanted. Raises one of ``COMMUNICATION_ERRORS``."""
        last = self._now()
        while is_wanted():
            if await self._wait(LOOK_EVERY):
                last = self._now()
                await self._take_live()
            if not self._collector.is_connected:
                raise ConnectionError("the connection is lost")
            if self._now() - last > max(SILENCE, 2.5 * self._log.step):
                raise TimeoutError("the sensor has sent nothing for too long")

    # Values as they come

    def _measured(self, value: bytes) -> None:
        self._came.append((self._now(), value))
        self._news.set()

    def _answered(self, value: bytes) -> None:
        self._answers.append(value)
        self._news.set()

    async def _wait(self, span: Span) -> bool:
        """Wait for something to come. Whether it has."""
        try:
            async with asyncio.timeout(span / 1_000):
                await self._news.wait()
        except TimeoutError:
            return False
        self._news.clear()
        return True

    async def _take_live(self) -> None:
        """Take in what the sensor has sent by itself, and fetch what is missing before it. What cannot be a new reading may be
        the first one of another session: the sensor is asked."""
        came = self._take()
        if any(not self._log.expects(record.time_offset, at) for at, record in came):
            await self._look()
        self._pass_on(came, backfilled=False)
        if (missing := self._log.to_fetch_again()) is not None:
            await self._fetch(Selection(Operator.WITHIN, low=missing[0], high=missing[1]))

    def _take(self) -> list[tuple[Instant, cgms.Measurement]]:
        came, self._came = self._came, []
        return [(at, record) for at, value in came for record in self._records(value)]

    def _records(self, value: bytes) -> Iterable[cgms.Measurement]:
        """The records of a value; a damaged one is left out, and fetched when the next one shows the gap."""
        try:
            parts = split_records(value)
        except WireError:
            return
        for part in parts:
            try:
                yield cgms.MEASUREMENT.decode(part, protected=self._protected)
            except WireError:
                continue

    def _pass_on(self, came: Iterable[tuple[Instant, cgms.Measurement]], *, backfilled: bool) -> None:
        found = []
        for at, record in came:
            measured = self._log.accept(record.time_offset, at)
            if measured is not None:
                found.append(_reading(record, measured, backfilled=backfilled))
        if found:
            self._deliver(found)

    # Requests

    async def _look(self) -> None:
        """Ask which session runs, and fetch what was not received of it. Raises one of ``COMMUNICATION_ERRORS``."""
        status: cgms.Status = await self._read(cgms.STATUS)
        if Annunciation.SESSION_STOPPED not in status.annunciation:
            self._log.check(status.time_offset, self._now())
            await self._fetch(Selection(Operator.AT_LEAST, low=self._log.to_fetch(status.time_offset)))

    async def _learn_protection(self) -> None:
        """Read whether values have a CRC: the feature says so of itself (CGMS 1.0.1, section 3.2)."""
        value = await self._collector.read(_key(cgms.FEATURE))
        features: cgms.FeatureValue = decode(cgms.FeatureValue, value[:-CRC_SIZE])
        found, _ = opened_somehow(cgms.FEATURE.envelope, value)
        self._protected = found if Feature.E2E_CRC in features.features else False
        cgms.FEATURE.decode(value, protected=self._protected)

    async def _read(self, characteristic: Characteristic) -> Any:
        return characteristic.decode(await self._collector.read(_key(characteristic)), protected=self._protected)

    async def _fetch(self, selection: Selection) -> None:
        """Fetch stored records. Raises one of ``COMMUNICATION_ERRORS``."""
        self._answers.clear()
        request = GENERIC.encode(Request(Operation.REPORT, selection))
        await self._collector.write(_key(cgms.RECORD_ACCESS), request)
        while not self._answers:
            if not await self._wait(seconds(ANSWER_S)):
                raise TimeoutError("the sensor has not ended its report of stored records")
            if not self._collector.is_connected:
                raise ConnectionError("the connection is lost")
        GENERIC.decode_answer(self._answers.pop())
        self._pass_on(self._take(), backfilled=True)


def _key(characteristic: Characteristic) -> Key:
    return Key(cgms.SERVICE, characteristic.uuid)


def _reading(record: cgms.Measurement, measured: Instant, *, backfilled: bool) -> GlucoseReading:
    is_value = isinstance(record.glucose, float) and record.glucose > 0 and not record.annunciation & UNRELIABLE
    return GlucoseReading(
        measured=measured,
        mg_dl=float(record.glucose) if is_value and isinstance(record.glucose, float) else None,
        trend=record.trend if isinstance(record.trend, float) else None,
        backfilled=backfilled,
    )
