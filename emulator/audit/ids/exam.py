"""What the rows of the Insulin Delivery Service share: features, control points, history."""

from typing import Any, cast

from isletbench.emulator.audit.exam import Exam
from isletbench.emulator.audit.outcomes import Failed, NotApplicable, require, shown
from isletbench.protocols import ids
from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.ids import Feature, Response
from isletbench.protocols.packet import encode

READER, COMMAND, DATA = ids.STATUS_READER_POINT, ids.COMMAND_POINT, ids.COMMAND_DATA_VALUE
RACP, HISTORY = ids.RECORD_ACCESS, ids.HISTORY_DATA
POINTS = (READER, COMMAND, RACP)
REPORT_ALL, COUNT_ALL, ABORT = bytes.fromhex("3333"), bytes.fromhex("5A33"), bytes.fromhex("550F")
SUCCESS = bytes.fromhex("0F0F33F0")
"""The answer to a report that is complete."""
ABORTED = bytes.fromhex("0F0F55F0")
GET_BOLUS_IDS = bytes.fromhex("3003")
"""A question that every pump answers and that changes nothing."""
READER_RESPONSE, COMMAND_RESPONSE = 0x0303, 0x0F55
BUSY, CCCD_CODE, BAD_CRC, BAD_COUNTER = 0xFE, 0xFD, 0x81, 0x82
CORRUPTED = 0xFFFF_FFFF


class IdsExam(Exam):
    """A pump under examination."""

    service = ids.SERVICE
    characteristics = ids.CHARACTERISTICS
    feature = ids.FEATURES

    async def learn(self) -> None:
        """Read the features. Raises ``Failed``."""
        octets = await self.read(ids.FEATURES)
        require(len(octets) >= 8, f"IDD Features has {len(octets)} octets: expected 8")
        self.facts["feature"] = octets
        self.facts["features"] = int.from_bytes(octets[5:8], "little")
        self.facts["protected"] = bool(octets[5] & 1)

    def has(self, feature: Feature) -> bool:
        """Whether the pump says that it has a feature."""
        return bool(self.facts["features"] & feature)

    def require_feature(self, *features: Feature) -> None:
        """Raise ``NotApplicable`` unless the pump has one of these features."""
        if not any(self.has(feature) for feature in features):
            names = " or ".join((one.name or "").lower().replace("_", " ") for one in features)
            raise NotApplicable(f"the feature bit of {names} is 0")

    def there(self, *characteristics: Characteristic) -> bool:
        """Whether the pump has all of these."""
        return all(self.device.has(self.key(one)) for one in characteristics)

    def require_there(self, *characteristics: Characteristic) -> None:
        """Raise ``NotApplicable`` for a pump that has not all of these."""
        for one in characteristics:
            if not self.there(one):
                raise NotApplicable(f"the pump has no {one}")

    async def subscribe_all(self) -> None:
        """Subscribe to every answer and to what comes before it."""
        await self.subscribe(*(one for one in (*POINTS, DATA, HISTORY) if self.there(one)))

    async def fresh(self) -> None:
        """A connection of its own with everything subscribed to, counters at their beginning."""
        await self.begin()
        await self.subscribe_all()

    async def read_out(self, operation: Any) -> bytes:
        """The answer of the Status Reader to an operation, which is subscribed to already."""
        return await self.ask(READER, encoded(READER, operation))

    async def command(self, operation: Any) -> bytes:
        """The answer of the Command Control Point to an operation, which is subscribed to already."""
        return await self.ask(COMMAND, encoded(COMMAND, operation))

    async def told(self, point: Characteristic, operation: Any) -> Any:
        """What the pump tells in answer to an operation, decoded. Raises ``Failed`` for a refusal, ``WireError``."""
        octets = encoded(point, operation)
        answer = await self.ask(point, octets)
        told = point.decode_payload(answer)
        if isinstance(told, ids.StatusReaderResponseCode | ids.CommandResponseCode):
            raise Failed(f"{point} answers {shown(octets)} with {shown(answer)}: expected what was asked for")
        return told

    async def require_response(self, point: Characteristic, what: str, octets: bytes, *codes: Response) -> None:
        """Raise ``Failed`` unless an operation is answered with one of these response codes, which names it."""
        answer = await self.ask(point, octets)
        head = (READER_RESPONSE if point is READER else COMMAND_RESPONSE).to_bytes(2, "little") + octets[:2]
        expected = [head + bytes([code]) for code in codes]
        if answer not in expected:
            words = " or ".join(map(shown, expected))
            raise Failed(f"{what} ({shown(octets)}): expected the answer {words}, got {shown(answer)}")

    async def reported(self, request: bytes = REPORT_ALL) -> tuple[list[bytes], bytes]:
        """The records of one report without their CRC, and its answer. Everything is subscribed to already."""
        self.device.taken(self.key(HISTORY))
        answer = await self.ask(RACP, request)
        return [self.opened(HISTORY, octets) for octets in self.device.taken(self.key(HISTORY))], answer

    async def stored(self) -> list[bytes]:
        """The whole history, asked for once. Raises ``NotApplicable`` where there is none."""
        self.require_there(RACP, HISTORY)
        if "history" not in self.facts:
            await self.subscribe_all()
            records, answer = await self.reported()
            if not records:
                raise NotApplicable(f"the history is empty: a report of all answers {shown(answer)}")
            self.facts["history"] = records
        return cast("list[bytes]", self.facts["history"])

    async def numbers(self) -> list[int]:
        """The numbers of the whole history but of damaged records."""
        return [number for number in map(number_of, await self.stored()) if number != CORRUPTED]

    async def events(self) -> list[ids.HistoryRecord]:
        """The whole history, decoded. Raises ``WireError``."""
        return [HISTORY.decode_payload(octets) for octets in await self.stored()]

    async def count(self) -> int:
        """The number of records now."""
        answer = await self.ask(RACP, COUNT_ALL)
        require(answer[:2] == b"\x66\x0f" and len(answer) == 6, f"a count: expected 66 0F and 4 octets, got {shown(answer)}")
        return int.from_bytes(answer[2:6], "little")

    async def newer(self, before: int) -> list[ids.HistoryRecord]:
        """The records after so many, decoded."""
        records, _ = await self.reported()
        return [HISTORY.decode_payload(octets) for octets in records[before:]]

    async def status(self) -> ids.Status:
        """IDD Status."""
        return cast("ids.Status", await self.value(ids.STATUS))

    async def changed_bits(self) -> int:
        """IDD Status Changed."""
        return int.from_bytes((await self.payload(ids.STATUS_CHANGED))[:2], "little")

    async def reset_bits(self) -> None:
        """Reset every bit of Status Changed, which a later collector would have found set."""
        self.changed.append("the bits of IDD Status Changed were reset")
        await self.require_response(READER, "Reset Status", bytes.fromhex("0C03FF00"), Response.SUCCESS)


def encoded(point: Characteristic, operation: Any) -> bytes:
    """The octets of an operation without their protection."""
    return operation if isinstance(operation, bytes) else point.encode_payload(operation)


def packed(value: Any) -> bytes:
    """The octets of a packet."""
    return encode(value)


def number_of(octets: bytes) -> int:
    """The sequence number of a record."""
    require(len(octets) >= 8, f"a record has {len(octets)} octets: expected 8 at least")
    return int.from_bytes(octets[2:6], "little")


def offset_of(octets: bytes) -> int:
    """The relative offset of a record, s."""
    return int.from_bytes(octets[6:8], "little")


def require_number(what: str, value: object) -> float:
    """A number of a packet. Raises ``Failed`` for a special value: not a number, an infinity, not at this resolution."""
    if isinstance(value, int | float):
        return value
    raise Failed(f"{what} is {value!r}: expected a number")


def selecting(operator: int, *numbers: int, opcode: int = 0x33, of: int = 0x0F) -> bytes:
    """A request for records by number."""
    return bytes([opcode, operator, of]) + b"".join(number.to_bytes(4, "little") for number in numbers)
