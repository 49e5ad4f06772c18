"""What the rows of the CGM Service share: features, stored records, procedures of both control points."""

from typing import cast

from isletbench.emulator.audit.device import QUIET_S
from isletbench.emulator.audit.exam import Exam
from isletbench.emulator.audit.outcomes import Failed, NotApplicable, require, shown
from isletbench.protocols import cgms
from isletbench.protocols.cgms import Feature
from isletbench.protocols.e2e import split_records

MEASUREMENT, RACP, SOCP = cgms.MEASUREMENT, cgms.RECORD_ACCESS, cgms.SPECIFIC_OPS_POINT
REPORT_ALL = bytes.fromhex("0101")
COUNT_ALL = bytes.fromhex("0401")
SUCCESS = bytes.fromhex("06000101")
"""The answer to a report that is complete."""
CYCLE_S = 330.0
"""How long the next measurement of a sensor may take to come: sensors measure every one to five minutes."""


class CgmsExam(Exam):
    """A sensor under examination."""

    service = cgms.SERVICE
    characteristics = cgms.CHARACTERISTICS
    feature = cgms.FEATURE

    async def learn(self) -> None:
        """Read the features and what is known before anything is written. Raises ``Failed``."""
        octets = await self.read(cgms.FEATURE)
        require(len(octets) >= 4, f"CGM Feature has {len(octets)} octets: expected 6")
        self.facts["feature"] = octets
        self.facts["features"] = Feature(int.from_bytes(octets[:3], "little") & int(~Feature(0)))
        self.facts["protected"] = bool(self.facts["features"] & Feature.E2E_CRC)
        self.facts["status"] = await self.read(cgms.STATUS)
        self.facts["start"] = await self.read(cgms.SESSION_START_TIME)

    def has(self, feature: Feature) -> bool:
        """Whether the device says that it has a feature."""
        return bool(self.facts["features"] & feature)

    def require_feature(self, feature: Feature) -> None:
        """Raise ``NotApplicable`` for a device without a feature."""
        if not self.has(feature):
            raise NotApplicable(f"the feature bit of {(feature.name or '').lower().replace('_', ' ')} is 0")

    async def report(self, request: bytes = REPORT_ALL) -> tuple[list[bytes], bytes]:
        """The notifications of one report, and its answer. Both are subscribed to already."""
        self.device.taken(self.key(MEASUREMENT))
        answer = await self.ask(RACP, request)
        return self.device.taken(self.key(MEASUREMENT)), answer

    async def reported(self, request: bytes) -> tuple[list[bytes], bytes]:
        """The records of one report, each whole, and its answer."""
        values, answer = await self.report(request)
        return [record for value in values for record in split_records(value)], answer

    async def notifications(self) -> list[bytes]:
        """Every notification of a report of all records, asked for once. Raises ``NotApplicable`` where none is stored."""
        if "notifications" not in self.facts:
            await self.subscribe(MEASUREMENT, RACP)
            values, answer = await self.report()
            if not values:
                raise NotApplicable(f"no records are stored: a report of all answers {shown(answer)}")
            self.facts["notifications"] = values
        return cast("list[bytes]", self.facts["notifications"])

    async def stored(self) -> list[bytes]:
        """Every stored record as it was reported, oldest first as the device has it."""
        return [record for value in await self.notifications() for record in split_records(value)]

    async def measurements(self) -> list[cgms.Measurement]:
        """Every stored record, decoded."""
        return [self.measurement(record) for record in await self.stored()]

    def measurement(self, record: bytes) -> cgms.Measurement:
        """What a record means. Raises ``WireError``."""
        return cast("cgms.Measurement", MEASUREMENT.decode(record, protected=self.protected))

    async def offsets(self) -> list[int]:
        """The time offsets of the stored records, read without their protection."""
        return [offset_of(record) for record in await self.stored()]

    async def status(self) -> cgms.Status:
        """CGM Status."""
        return cast("cgms.Status", await self.value(cgms.STATUS))

    async def operate(self, operation: bytes) -> bytes:
        """The answer of the specific operations, which are subscribed to already."""
        return await self.ask(SOCP, operation)

    async def interval(self) -> int:
        """The communication interval, minutes. Raises ``Failed`` when it is not told."""
        answer = await self.operate(b"\x02")
        require(
            len(answer) == 2 and answer[0] == 3, f"the communication interval: expected 03 and minutes, got {shown(answer)}"
        )
        return answer[1]

    async def set_interval(self, minutes: int) -> None:
        """Set the communication interval, to be put back."""
        if not any(what == "communication interval" for what, _ in self.undo):
            before = await self.interval()

            async def undo() -> None:
                await self.begin()
                await self.subscribe(SOCP)
                await self.operate(bytes([1, before]))

            self.put_back("communication interval", undo)
        answer = await self.operate(bytes([1, minutes]))
        if answer != b"\x1c\x01\x01":
            raise Failed(f"a communication interval of {minutes} min: expected 1C 01 01, got {shown(answer)}")

    async def next_round(self, within: float = CYCLE_S) -> list[bytes]:
        """The records of the next round of notifications. Raises ``Failed`` when none comes."""
        first = await self.device.next_of(self.key(MEASUREMENT), within)
        if first is None:
            raise Failed(f"no measurement is notified within {within:g} s")
        await self.device.pause(QUIET_S)
        values = [first, *self.device.taken(self.key(MEASUREMENT))]
        return [record for value in values for record in split_records(value)]

    async def require_running(self) -> None:
        """Raise ``NotApplicable`` while no session runs."""
        if (await self.payload(cgms.STATUS))[2] & 1:
            raise NotApplicable("no session runs")


def offset_of(record: bytes) -> int:
    """The time offset in a record."""
    require(len(record) >= 6, f"a record has {len(record)} octets: expected 6 at least")
    return int.from_bytes(record[4:6], "little")


def low(offset: int, opcode: int = 1) -> bytes:
    """Records from an offset on."""
    return bytes([opcode, 3, 1]) + offset.to_bytes(2, "little")


def high(offset: int) -> bytes:
    """Report of the records up to an offset."""
    return bytes([1, 2, 1]) + offset.to_bytes(2, "little")


def within(first: int, last: int) -> bytes:
    """Report of the records between two offsets."""
    return bytes([1, 4, 1]) + first.to_bytes(2, "little") + last.to_bytes(2, "little")
