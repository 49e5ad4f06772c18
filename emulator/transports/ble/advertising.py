"""How a peripheral advertises: fast while a client may be waiting, slowly afterwards, and as far as a fault lets it."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from bumble import data_types, hci
from bumble.core import UUID, AdvertisingData
from bumble.device import Device

from isletbench.emulator.gatt import Advertisement
from isletbench.emulator.transports.ble.radio import AdvertisingLimits

FAST_INTERVAL_MS = 100
"""CGMP 1.0.1, table 5.1: 30 to 300 ms while a client may be waiting."""
FAST_DURATION_S = 30.0
SLOW_INTERVAL_MS = 1_000
"""Afterwards 1 to 10.24 s; the shortest, so that a client connects quickly."""


async def stop_advertising(device: Device) -> None:
    """Advertise no more.

    To disable what is not enabled has no effect (Core Vol 4, Part E, 7.8.9 and 7.8.56), but a connection that begins meanwhile
    can end the advertising first, and BlueZ's emulator refuses the command then.
    """
    try:
        await device.stop_advertising()
    except hci.HCI_Error as error:
        if error.error_code != hci.HCI_COMMAND_DISALLOWED_ERROR:
            raise
        device.legacy_advertiser = None
        if device.legacy_advertising_set is not None:
            device.legacy_advertising_set.enabled = False
            await device.stop_advertising()


class Advertiser:
    """Advertises for one peripheral.

    ``available`` returns the host where it may advertise now, else None; ``spawn`` runs a coroutine in the background.
    """

    def __init__(
        self,
        advertisement: Advertisement,
        available: Callable[[], Device | None],
        spawn: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._advertisement, self._available, self._spawn = advertisement, available, spawn
        self._limits = AdvertisingLimits()
        self._timer: asyncio.TimerHandle | None = None
        self._restarting = asyncio.Lock()
        """A controller is told one thing after the other: it refuses half of two restarts at once."""

    async def start(self, interval_ms: int = FAST_INTERVAL_MS) -> None:
        """Advertise at this interval, ms, or at the limits' own; a fast interval becomes slow after 30 s."""
        async with self._restarting:
            if (device := self._available()) is not None:
                await self._start(device, interval_ms)

    async def _start(self, device: Device, interval_ms: int) -> None:
        interval_ms = self._limits.interval_ms or interval_ms
        await stop_advertising(device)
        await device.start_advertising(
            advertising_data=bytes(AdvertisingData(self._structures())),
            scan_response_data=bytes(
                AdvertisingData([(AdvertisingData.APPEARANCE, self._advertisement.appearance.to_bytes(2, "little"))])
            ),
            advertising_interval_min=interval_ms,
            advertising_interval_max=interval_ms,
        )
        if interval_ms == FAST_INTERVAL_MS:
            self.stay_at_pace()
            self._timer = asyncio.get_running_loop().call_later(FAST_DURATION_S, self._slow_down)

    def _structures(self) -> list[Any]:
        flags = AdvertisingData.Flags.LE_GENERAL_DISCOVERABLE_MODE | AdvertisingData.Flags.BR_EDR_NOT_SUPPORTED
        structures: list[Any] = [data_types.Flags(flags)]
        if not self._limits.hides_services:
            uuids = self._advertisement.service_uuids
            if short := [UUID.from_16_bits(uuid) for uuid in uuids if uuid <= 0xFFFF]:
                structures.append(data_types.CompleteListOf16BitServiceUUIDs(short))
            if long := [UUID.from_bytes(uuid.to_bytes(16, "little")) for uuid in uuids if uuid > 0xFFFF]:
                structures.append(data_types.CompleteListOf128BitServiceUUIDs(long))
        if not self._limits.hides_name:
            structures.append(data_types.CompleteLocalName(self._advertisement.name))
        return structures

    def stay_at_pace(self) -> None:
        """Cancel the change to the slow interval, if it is due."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def limit(self, limits: AdvertisingLimits) -> None:
        """Restart advertising with these limits."""
        self._limits = limits
        self.stay_at_pace()
        self._spawn(self.start())

    def _slow_down(self) -> None:
        self._timer = None
        self._spawn(self.start(SLOW_INTERVAL_MS))
