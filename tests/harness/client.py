"""A client of a GATT device without a wire: requests go in, what would be sent comes out, time is a number."""

from dataclasses import dataclass, field
from typing import Any

from isletbench.emulator.collectors.protection import E2eProtection
from isletbench.emulator.core.events import Occurrence
from isletbench.emulator.core.notes import Note
from isletbench.emulator.gatt import (
    Confirm,
    Connected,
    Disconnected,
    Effect,
    ErrorResponse,
    GattDevice,
    Indicate,
    Notify,
    Read,
    ReadResponse,
    Security,
    Unbond,
    Write,
    WriteResponse,
)
from isletbench.protocols.att import ErrorCode, Property
from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.e2e import Protected


class Refused(Exception):
    """An ATT error; ``code`` says which."""

    def __init__(self, code: ErrorCode) -> None:
        super().__init__(code.name)
        self.code = code


@dataclass
class Talk:
    """One connection. ``told`` collects every notification and indication as (characteristic UUID, octets)."""

    device: GattDevice
    service: int
    protected: Protected = True
    link: str = "test#1"
    now: int = 0
    confirms: bool = True
    mtu: int = 247
    told: list[tuple[int, bytes]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    unbonded: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.e2e = E2eProtection(protected=self.protected)
        self.take(self.device.receive(Connected(self.link, mtu=self.mtu, security=Security.AUTHENTICATED), self.now))

    def take(self, effects: list[Effect]) -> list[Effect]:
        """Note what was told and confirm it; what answers is returned."""
        answers: list[Effect] = []
        pending = list(effects)
        while pending:
            effect = pending.pop(0)
            match effect:
                case Note():
                    self.notes.append(effect)
                case Occurrence():
                    pass
                case Unbond(identity=identity):
                    self.unbonded.append(identity)
                case Notify() | Indicate():
                    if effect.link == self.link:
                        self.told.append((self.device.table.by_handle[effect.handle].spec.uuid, effect.value))
                        if isinstance(effect, Indicate) and self.confirms:
                            pending += self.device.receive(Confirm(self.link, effect.handle), self.now)
                case _:
                    answers.append(effect)
        return answers

    def _handle(self, characteristic: Characteristic) -> int:
        return self.device.table.of(self.service, characteristic.uuid).handle

    def subscribe(self, *characteristics: Characteristic) -> None:
        for characteristic in characteristics:
            cccd = self.device.table.of(self.service, characteristic.uuid).cccd
            assert cccd is not None
            value = b"\x01\x00" if characteristic.properties & Property.NOTIFY else b"\x02\x00"
            (answer,) = self.take(self.device.receive(Write(self.link, cccd, value), self.now))
            assert isinstance(answer, WriteResponse)

    def read(self, characteristic: Characteristic) -> Any:
        """The value, out of its envelope."""
        (answer,) = self.take(self.device.receive(Read(self.link, self._handle(characteristic)), self.now))
        if isinstance(answer, ErrorResponse):
            raise Refused(answer.code)
        assert isinstance(answer, ReadResponse)
        return self.e2e.open(characteristic, answer.value)

    def write_octets(self, characteristic: Characteristic, value: bytes) -> None:
        (answer,) = self.take(self.device.receive(Write(self.link, self._handle(characteristic), value), self.now))
        if isinstance(answer, ErrorResponse):
            raise Refused(answer.code)

    def write(self, characteristic: Characteristic, content: Any) -> None:
        self.write_octets(characteristic, self.e2e.seal(characteristic, content))

    def ask(self, point: Characteristic, operation: Any) -> Any:
        """Write an operation; the operation indicated in answer."""
        before = len(self.told)
        self.write(point, operation)
        answers = [value for uuid, value in self.told[before:] if uuid == point.uuid]
        assert len(answers) == 1, f"{len(answers)} answers to {operation}"
        del self.told[before + [uuid for uuid, _ in self.told[before:]].index(point.uuid)]
        return self.e2e.open(point, answers[0])

    def pass_to(self, now: int) -> None:
        """Let time pass, waking the device at its own deadlines as a host does."""
        while (deadline := self.device.next_deadline) is not None and deadline <= now:
            self.now = max(self.now, deadline)
            self.take(self.device.advance(self.now))
        self.now = now
        self.take(self.device.advance(now))

    def heard(self, characteristic: Characteristic) -> list[bytes]:
        """What was told of one characteristic, taken out of ``told``."""
        values = [value for uuid, value in self.told if uuid == characteristic.uuid]
        self.told = [(uuid, value) for uuid, value in self.told if uuid != characteristic.uuid]
        return values

    def disconnect(self) -> None:
        self.take(self.device.receive(Disconnected(self.link), self.now))
