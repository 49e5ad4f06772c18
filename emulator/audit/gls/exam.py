"""What the rows of the Glucose Service share: features, stored tests, reports."""

from typing import cast

from isletbench.emulator.audit.exam import Exam
from isletbench.emulator.audit.outcomes import NotApplicable, NotTestable, require, shown
from isletbench.emulator.collectors.collector import Key
from isletbench.protocols import gls

MEASUREMENT, CONTEXT, RACP = gls.MEASUREMENT, gls.CONTEXT, gls.RECORD_ACCESS
REPORT_ALL, COUNT_ALL, ABORT = bytes.fromhex("0101"), bytes.fromhex("0401"), bytes.fromhex("0300")
SUCCESS = bytes.fromhex("06000101")


class GlsExam(Exam):
    """A meter under examination."""

    service = gls.SERVICE
    characteristics = gls.CHARACTERISTICS
    feature = gls.FEATURE

    async def learn(self) -> None:
        """Read the features. Raises ``Failed``."""
        octets = await self.read(gls.FEATURE)
        require(len(octets) >= 2, f"Glucose Feature has {len(octets)} octets: expected 2")
        self.facts["feature"] = octets
        self.facts["features"] = int.from_bytes(octets[:2], "little")

    @property
    def has_context(self) -> bool:
        """Whether the meter has the characteristic of contexts."""
        return self.device.has(self.key(CONTEXT))

    async def subscribe_all(self, *, contexts: bool = True) -> None:
        """Subscribe to tests, contexts where there are any, and answers."""
        await self.subscribe(MEASUREMENT, RACP)
        if contexts and self.has_context:
            await self.subscribe(CONTEXT)

    async def arrived(self, request: bytes = REPORT_ALL) -> tuple[list[tuple[Key, bytes]], bytes]:
        """What one report sends, in its order, and its answer. Everything is subscribed to already."""
        before = len(self.device.arrivals())
        answer = await self.ask(RACP, request)
        values = [one for one in self.device.arrivals()[before:] if one[0] != self.key(RACP)]
        return values, answer

    async def reported(self, request: bytes = REPORT_ALL) -> tuple[list[bytes], bytes]:
        """The tests of one report, and its answer."""
        values, answer = await self.arrived(request)
        return [octets for key, octets in values if key == self.key(MEASUREMENT)], answer

    async def sent(self) -> list[tuple[Key, bytes]]:
        """Everything that a report of all sends, asked for once. Raises ``NotApplicable`` where no test is stored."""
        if "sent" not in self.facts:
            await self.subscribe_all()
            values, answer = await self.arrived()
            if not values:
                raise NotApplicable(f"no tests are stored: a report of all answers {shown(answer)}")
            self.facts["sent"] = values
        return cast("list[tuple[Key, bytes]]", self.facts["sent"])

    async def stored(self) -> list[bytes]:
        """Every stored test as it was reported."""
        return [octets for key, octets in await self.sent() if key == self.key(MEASUREMENT)]

    async def contexts(self) -> list[bytes]:
        """Every context as it was reported. Raises ``NotApplicable`` where there is none."""
        found = [octets for key, octets in await self.sent() if key == self.key(CONTEXT)]
        if not found:
            raise NotApplicable("no stored test has a context")
        return found

    async def tests(self) -> list[gls.Measurement]:
        """Every stored test, decoded. Raises ``WireError``."""
        return [MEASUREMENT.decode_payload(octets) for octets in await self.stored()]

    async def numbers(self) -> list[int]:
        """The sequence numbers of the stored tests."""
        return [number_of(octets) for octets in await self.stored()]

    async def fresh(self) -> list[int]:
        """A connection of its own with everything subscribed to; the stored numbers."""
        numbers = await self.numbers()
        await self.begin()
        await self.subscribe_all()
        return numbers

    def too_short(self, numbers: list[int], what: str) -> NotTestable:
        """A report that is over before it can be disturbed."""
        return NotTestable(f"a report of {len(numbers)} tests is over before {what}")


def number_of(octets: bytes) -> int:
    """The sequence number in a test or a context."""
    require(len(octets) >= 3, f"a value has {len(octets)} octets: expected 3 at least")
    return int.from_bytes(octets[1:3], "little")


def selecting(operator: int, *numbers: int, opcode: int = 1) -> bytes:
    """A request for tests by their numbers."""
    return bytes([opcode, operator, 1]) + b"".join(number.to_bytes(2, "little") for number in numbers)
