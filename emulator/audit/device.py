"""The device under examination, as its collector meets it: requests, what came in answer, and a record of the octets."""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress

from isletbench.emulator.audit.carriers import Carrier
from isletbench.emulator.audit.link import AuditLink
from isletbench.emulator.audit.outcomes import Failed, shown
from isletbench.emulator.collectors.collector import Attribute, Key
from isletbench.protocols.att import AttError

ANSWER_S = 30.0
"""How long a device may take to answer a procedure, s. CGMS 1.0.1, section 3.8.1; IDS 1.0.2, section 3.11.3."""
QUIET_S = 3.0
"""After so much silence nothing more is expected to come, s."""
REMEMBERED = 12
"""Exchanges that are kept for the report of a row that fails."""


class Device:
    """One device and the connection to it. ``exchanged`` has the last octets on the wire, as words."""

    def __init__(self, link: AuditLink, carrier: Carrier) -> None:
        self.carrier = carrier
        self.exchanged: deque[str] = deque(maxlen=REMEMBERED)
        self._link = link
        self._values: dict[Key, deque[bytes]] = {}
        self._order: list[tuple[Key, bytes]] = []
        self._arrived = asyncio.Event()
        self._subscribed: set[Key] = set()
        """What is subscribed to on this connection."""
        self._left_on: set[Key] | None = None
        """The CCCDs that a device with a bond may still have on; None when it was not connected yet."""

    @property
    def attributes(self) -> Sequence[Attribute]:
        """Every characteristic of the device in its order."""
        return self._link.attributes

    def has(self, key: Key) -> bool:
        """Whether the device has a characteristic."""
        return any(attribute.key == key for attribute in self.attributes)

    async def begin(self, *, keep: bool = False) -> None:
        """A connection of its own: counters begin anew, and subscriptions unless those of a bond are to be kept.

        Raises ``OSError``, ``TimeoutError``.
        """
        self.carrier.confirm(True)
        with suppress(AttError):
            await self._link.disconnect()
        self._values.clear()
        self._order.clear()
        self._subscribed.clear()
        await self._link.connect()
        self.exchanged.append("connected")
        if self.carrier.has_bonds and not keep:
            await self._switch_off()

    async def _switch_off(self) -> None:
        """Write every CCCD off that earlier rows, or at first anybody, have left on: a bond keeps them."""
        if self._left_on is None:
            self._left_on = {one.key for one in self.attributes if one.has_cccd and await self._is_on(one.key)}
        for key in sorted(self._left_on, key=lambda one: (one.service, one.uuid)):
            with suppress(AttError, LookupError):
                await self._link.subscribe(key, lambda value: None)
                await self._link.unsubscribe(key)
        self._left_on = set()

    async def _is_on(self, key: Key) -> bool:
        """Whether a CCCD reads as on; False where it cannot be read."""
        try:
            return any(await self._link.read_cccd(key))
        except (AttError, LookupError):
            return False

    async def end(self) -> None:
        """End the connection, of a device with a bond its subscriptions before. Idempotent."""
        self.carrier.confirm(True)
        if self.carrier.has_bonds:
            for key in sorted(self._subscribed, key=lambda one: (one.service, one.uuid)):
                with suppress(AttError, LookupError, OSError, TimeoutError):
                    await self.unsubscribe(key)
        await self._link.disconnect()

    async def read(self, key: Key) -> bytes:
        """The octets of a value. Raises ``AttError``, ``Failed`` where the device has no such characteristic."""
        self._require(key)
        try:
            octets = await self._link.read(key)
        except AttError as error:
            self.exchanged.append(f"read {key.uuid:04X}: {error}")
            raise
        self.exchanged.append(f"read {key.uuid:04X}: {shown(octets)}")
        return octets

    async def read_cccd(self, key: Key) -> bytes:
        """The octets of a CCCD. Raises ``AttError``, ``Failed`` where there is none."""
        try:
            octets = await self._link.read_cccd(key)
        except LookupError as error:
            raise Failed(str(error)) from error
        self.exchanged.append(f"read CCCD of {key.uuid:04X}: {shown(octets)}")
        return octets

    async def refusal(self, key: Key, octets: bytes) -> int | None:
        """Write octets; the ATT error code of a refusal, None for a write that was accepted."""
        self._require(key)
        try:
            await self._link.write(key, octets)
        except AttError as error:
            self.exchanged.append(f"write {key.uuid:04X}: {shown(octets)}: {error}")
            return int(error.code)
        self.exchanged.append(f"write {key.uuid:04X}: {shown(octets)}")
        return None

    async def subscribe(self, key: Key) -> None:
        """Ask for the notifications or indications of a characteristic, once a connection. Raises ``AttError``."""
        self._require(key)
        if key in self._subscribed:
            return
        self._values.setdefault(key, deque())

        def arrived(value: bytes) -> None:
            self.exchanged.append(f"received {key.uuid:04X}: {shown(value)}")
            self._values[key].append(value)
            self._order.append((key, value))
            self._arrived.set()

        await self._link.subscribe(key, arrived)
        self._subscribed.add(key)
        if self._left_on is not None:
            self._left_on.add(key)
        self.exchanged.append(f"subscribed to {key.uuid:04X}")

    async def unsubscribe(self, key: Key) -> None:
        """End the notifications or indications of a characteristic."""
        await self._link.unsubscribe(key)
        self._subscribed.discard(key)
        self.exchanged.append(f"unsubscribed from {key.uuid:04X}")

    def taken(self, key: Key) -> list[bytes]:
        """What has come of a characteristic and was not taken yet."""
        values = list(self._values.get(key, ()))
        self._values.get(key, deque()).clear()
        return values

    def arrivals(self) -> list[tuple[Key, bytes]]:
        """Everything that has come on this connection, in its order."""
        return list(self._order)

    async def next_of(self, key: Key, within: float = ANSWER_S) -> bytes | None:
        """The next value of a characteristic; None when none comes within so many seconds."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within
        while not self._values.get(key):
            self._arrived.clear()
            try:
                await asyncio.wait_for(self._arrived.wait(), deadline - loop.time())
            except TimeoutError:
                self.exchanged.append(f"nothing of {key.uuid:04X} within {within:g} s")
                return None
        return self._values[key].popleft()

    async def pause(self, seconds: float) -> None:
        """Let time pass."""
        await asyncio.sleep(seconds)

    def _require(self, key: Key) -> None:
        if not self.has(key):
            raise Failed(f"the device has no characteristic {key.uuid:04X} of service {key.service:04X}")
