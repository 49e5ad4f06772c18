"""The receiver's end of the conversation: one packet in, one packet out."""

from collections.abc import Generator, Iterable, Iterator, Mapping
from typing import Any

from isletbench.emulator.cgm.sensor import Sensor
from isletbench.emulator.core.endpoint import Link
from isletbench.emulator.core.events import Occurrence
from isletbench.emulator.core.notes import Committed, Decoded, IgnoredRequest, ReadingsShown, Refused
from isletbench.emulator.core.octets import Answer
from isletbench.emulator.core.octets import Command as Received
from isletbench.emulator.core.quantities import Instant, seconds
from isletbench.emulator.endpoints.dexcom_receiver.commands import CHANGES, COMMANDS
from isletbench.emulator.endpoints.dexcom_receiver.entries import Egv
from isletbench.emulator.endpoints.dexcom_receiver.observer import Observer
from isletbench.emulator.endpoints.dexcom_receiver.settings import ReceiverSettings
from isletbench.emulator.endpoints.dexcom_receiver.state import Chosen, ReceiverState
from isletbench.emulator.endpoints.personality import Answered, Face
from isletbench.protocols.dexcom import packets
from isletbench.protocols.dexcom.packets import Command, Status
from isletbench.protocols.errors import WireError
from isletbench.protocols.packet import decode
from isletbench.protocols.plain import to_plain

BOOT = seconds(5)
"""How long a receiver is silent after a reset (choice)."""
DAMAGES = {
    packets.DAMAGED: (Status.NAK, "the CRC is wrong"),
    packets.INCOMPLETE: (Status.INCOMPLETE_PACKET_RECEIVED, "the packet is incomplete"),
    packets.UNKNOWN: (Status.INVALID_COMMAND, "no such command"),
}
"""How a packet is answered that is no request."""


class Receiver(Face):
    """A receiver in front of a sensor."""

    def __init__(self, name: str, sensor: Sensor, settings: ReceiverSettings) -> None:
        self._state = ReceiverState(sensor, settings)
        self._observer = Observer(self._state)
        self._entries = list(settings.entries)
        self._starts_at: Instant = 0
        self._is_off = False

    # What goes on beside the conversation

    @property
    def next_deadline(self) -> Instant | None:
        """When the user enters something."""
        return self._entries[0].at if self._entries else None

    def advance(self, now: Instant) -> Iterable[Answered]:
        """Let the user enter what is due, and look whether settings have changed."""
        while self._entries and self._entries[0].at <= now:
            self._observer.enter(self._entries.pop(0))
        self._observer.look(now)
        return ()

    def occurred(self, occurrence: Occurrence) -> None:
        """Write down an event of the sensor."""
        self._observer.occurred(occurrence)

    def opened(self, link: Link, now: Instant) -> None:
        """Plugged in: a receiver that was shut down starts."""
        self._is_off = False
        self._observer.read_records()

    def snapshot(self) -> Mapping[str, Any]:
        """What was chosen, the offset of its clock, and how much the user has still to enter."""
        state = self._state
        return {
            "chosen": to_plain(state.chosen),
            "system_offset": state.clocks.system_offset,
            "entries": len(self._entries),
        }

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Take over what was chosen. The database begins again with what the sensor still has."""
        if snapshot:
            self._state.chosen = Chosen(**snapshot["chosen"])
            self._state.clocks.system_offset = snapshot["system_offset"]
            self._entries = self._entries[len(self._entries) - snapshot["entries"] :]

    # The conversation

    def receive(self, command: Received, now: Instant) -> Iterator[Answered]:
        """Answer one packet with one packet, unless the receiver is off."""
        if self._is_off or now < self._starts_at:
            yield IgnoredRequest(now, command.value[3:4].hex())
            return
        status, payload, why = Status.ACK, b"", ""
        if command.operation in DAMAGES:
            status, why = DAMAGES[command.operation]
        else:
            try:
                payload = yield from self._carry_out(command, now)
            except (WireError, ValueError, LookupError) as error:
                status, why = Status.INVALID_PARAM, str(error)
        if status is not Status.ACK:
            yield Refused(now, why, status.name)
        yield Answer(command.link, packets.build(status, payload), command.operation)

    def _carry_out(self, received: Received, now: Instant) -> Generator[Answered, None, bytes]:
        code, payload = packets.parse(received.value)
        command = Command(code)
        operand, answer = COMMANDS[command](self._state, payload, now)
        yield Decoded(now, received.operation, operand)
        if command is Command.READ_DATABASE_PAGES:
            yield from self._shown(decode(packets.PageRequest, payload), now)
        if command in CHANGES:
            self._observer.look(now)
            yield Committed(now, received.operation)
        if command is Command.RESET_RECEIVER:
            self._starts_at = now + BOOT
        self._is_off = command is Command.SHUTDOWN_RECEIVER
        return answer

    def _shown(self, asked: packets.PageRequest, now: Instant) -> Iterator[Answered]:
        entries = self._state.database.entries(asked.partition, asked.first, asked.count)
        if measured := tuple(entry.measured for entry in entries if isinstance(entry, Egv)):
            yield ReadingsShown(now, measured)
