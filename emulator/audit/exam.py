"""What the examinations of all profiles share: values, procedures, refusals, and what has to be put back."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass as plain_dataclass
from dataclasses import field
from typing import Any, ClassVar

from isletbench.emulator.audit.device import ANSWER_S, Device
from isletbench.emulator.audit.outcomes import Failed, NotApplicable, NotTestable, shown
from isletbench.emulator.collectors.collector import Key
from isletbench.emulator.collectors.protection import E2eProtection
from isletbench.emulator.core.values import dataclass
from isletbench.protocols.characteristic import Characteristic


@dataclass(frozen=True, slots=True)
class Permissions:
    """What an audit may do to a device beside what it puts back."""

    delivery: bool = False
    """Boluses, basal rates, priming, therapy states, profiles, reservoir."""
    lasting: bool = False
    """Calibrate, delete records, end and start sensor sessions: what cannot be put back."""

    def require_delivery(self) -> None:
        """Raise ``NotTestable`` where insulin and therapy are not to be touched."""
        if not self.delivery:
            raise NotTestable("it changes insulin or therapy: needs --allow-delivery")

    def require_lasting(self) -> None:
        """Raise ``NotTestable`` where nothing is to be changed that cannot be put back."""
        if not self.lasting:
            raise NotTestable("what it changes cannot be put back (records, session, calibration): needs --allow-lasting")


@plain_dataclass
class Exam:
    """One device examined by one profile. ``facts`` keeps what one row has learned for the next."""

    device: Device
    permissions: Permissions = field(default_factory=Permissions)
    changed: list[str] = field(default_factory=list)
    """What was changed and cannot be put back, or was put back, as sentences."""
    facts: dict[str, Any] = field(default_factory=dict)
    undo: list[tuple[str, Callable[[], Awaitable[None]]]] = field(default_factory=list)
    """What puts back what was changed, the last change first."""

    service: ClassVar[int] = 0
    characteristics: ClassVar[tuple[Characteristic, ...]] = ()
    feature: ClassVar[Characteristic]

    def __post_init__(self) -> None:
        self.e2e = E2eProtection(protected=False)

    async def begin(self, *, keep: bool = False) -> None:
        """A connection of its own, counters at their beginning, without subscriptions unless a bond's are to be kept."""
        await self.device.begin(keep=keep)
        self.e2e = E2eProtection(protected=bool(self.facts.get("protected")))

    async def learn(self) -> None:
        """Read what every row needs to know: whether values are protected. Raises ``Failed``."""

    def key(self, characteristic: Characteristic) -> Key:
        """The characteristic in the service of this profile."""
        return Key(self.service, characteristic.uuid)

    @property
    def protected(self) -> bool:
        """Whether the device says that it has E2E-protection."""
        return bool(self.e2e.protected)

    def require_protection(self) -> None:
        """Raise ``NotApplicable`` for a device without E2E-protection."""
        if not self.protected:
            raise NotApplicable("the feature bit of E2E-protection is 0")

    def require_serial(self, why: str) -> None:
        """Raise ``NotTestable`` on another carrier than the serial link."""
        if self.device.carrier.name != "serial":
            raise NotTestable(why)

    def require_ble(self) -> None:
        """Raise ``NotTestable`` on the serial link, which has no radio, no bonds and no security."""
        if self.device.carrier.name != "ble":
            raise NotTestable("the serial link has no radio, no bonds and no security: needs --over ble")

    async def read(self, characteristic: Characteristic) -> bytes:
        """The octets of a value, its protection among them."""
        return await self.device.read(self.key(characteristic))

    async def payload(self, characteristic: Characteristic) -> bytes:
        """The octets of a value without its protection. Raises ``WireError`` where that is wrong."""
        return self.opened(characteristic, await self.read(characteristic))

    async def value(self, characteristic: Characteristic) -> Any:
        """What a value means. Raises ``WireError`` for octets that mean nothing."""
        return characteristic.decode_payload(await self.payload(characteristic))

    def opened(self, characteristic: Characteristic, octets: bytes) -> bytes:
        """The octets without their protection, whatever their counter. Raises ``WireError``."""
        return characteristic.envelope.open(octets, protected=self.protected)[0]

    async def subscribe(self, *characteristics: Characteristic) -> None:
        """Ask for what the device sends of these."""
        for characteristic in characteristics:
            await self.device.subscribe(self.key(characteristic))

    async def unsubscribe(self, *characteristics: Characteristic) -> None:
        """End what the device sends of these."""
        for characteristic in characteristics:
            await self.device.unsubscribe(self.key(characteristic))

    def sealed(self, point: Characteristic, payload: bytes) -> bytes:
        """An operation with its counter and CRC, as a careful client writes it."""
        return self.e2e.seal_octets(point, payload)

    async def refusal(self, point: Characteristic, payload: bytes) -> int | None:
        """Write an operation; the ATT error code of a refusal, None where it was accepted."""
        return await self.device.refusal(self.key(point), self.sealed(point, payload))

    async def write(self, point: Characteristic, payload: bytes) -> None:
        """Write an operation. Raises ``Failed`` for a refusal."""
        if (code := await self.refusal(point, payload)) is not None:
            raise Failed(f"{point} refuses {shown(payload)} with ATT error 0x{code:02X}")

    async def answer(self, point: Characteristic, within: float = ANSWER_S) -> bytes:
        """The next indication of a control point, without its protection. Raises ``Failed`` when none comes."""
        octets = await self.device.next_of(self.key(point), within)
        if octets is None:
            raise Failed(f"{point} does not answer within {within:g} s")
        return self.opened(point, octets)

    async def ask(self, point: Characteristic, payload: bytes) -> bytes:
        """Write an operation; its answer."""
        await self.write(point, payload)
        return await self.answer(point)

    async def quiet(self, point: Characteristic, seconds: float, why: str) -> None:
        """Raise ``Failed`` when a value of a characteristic comes within so many seconds."""
        octets = await self.device.next_of(self.key(point), seconds)
        if octets is not None:
            raise Failed(f"{point} sends {shown(octets)}: expected nothing, {why}")

    async def require_answers(self, point: Characteristic, cases: Iterable[tuple[str, bytes, tuple[bytes, ...]]]) -> None:
        """Write each of these operations and raise ``Failed`` unless its answer is one of those expected."""
        for what, payload, expected in cases:
            answer = await self.ask(point, payload)
            if answer not in expected:
                words = " or ".join(map(shown, expected))
                raise Failed(f"{what} ({shown(payload)}): expected the answer {words}, got {shown(answer)}")

    def put_back(self, what: str, undo: Callable[[], Awaitable[None]]) -> None:
        """Say that a setting is changed now, and how it is put back."""
        self.undo.append((what, undo))

    async def restore(self) -> None:
        """Put back what was changed, the last change first; what cannot be is said."""
        while self.undo:
            what, undo = self.undo.pop()
            try:
                await undo()
            except Exception as error:  # the device is not ours: whatever it does, the rest is to be put back
                self.changed.append(f"{what}: changed, and could not be put back: {error}")
            else:
                self.changed.append(f"{what}: changed and put back")
