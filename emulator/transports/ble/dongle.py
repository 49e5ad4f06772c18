"""A physical Bluetooth controller instead of the virtual air: every scanner in radio range finds the device.

A dongle is named by a transport spec of bumble's: ``usb:0``, ``serial:/dev/ttyACM0,1000000``, ``hci-socket:0`` and others
(https://google.github.io/bumble/transports/). A controller has one identity, so each device needs its own.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self

from bumble import core, hci
from bumble.device import Device
from bumble.transport import open_transport
from bumble.transport.common import Transport

from isletbench.emulator.core.clock import of_the_world
from isletbench.emulator.transports.ble.air import Air
from isletbench.emulator.transports.ble.specs import SpecError

RESPONSE_TIMEOUT_S = 10.0
"""Time for a response, real seconds; without one the port is no controller, or another program uses it."""
RESET_TIMEOUT_S = 2.0
"""Time for the response to HCI Reset when the dongle is closed, real seconds."""


class Dongle:
    """An open physical controller. ``ends`` are the source of its packets and the sink for packets to it."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._closing = False
        self.ends: tuple[Any, Any] = (transport.source, transport.sink)

    @classmethod
    async def open(cls, spec: str, unplugged: Callable[[], None]) -> Self:
        """Open the controller at ``spec``; ``unplugged`` is called when it is disconnected. Raises ``SpecError``."""
        try:
            transport = await asyncio.wait_for(open_transport(spec), of_the_world(RESPONSE_TIMEOUT_S))
        except Exception as error:  # any exception of drivers and libraries; the user needs the name and the reason
            reason = " ".join(str(error).split()) or type(error).__name__
            raise SpecError(f"radio {spec}: cannot be opened: {reason}") from None
        made = cls(transport)
        terminated = getattr(transport.source, "terminated", None)
        if terminated is not None:
            terminated.add_done_callback(lambda _: None if made._closing else unplugged())
        return made

    async def close(self, device: Device | None) -> None:
        """Reset the controller, which ends its connections, and close it."""
        self._closing = True
        if device is not None:
            with suppress(TimeoutError, core.BaseBumbleError, hci.HCI_Error, asyncio.CancelledError):
                await asyncio.wait_for(device.host.send_command(hci.HCI_Reset_Command()), of_the_world(RESET_TIMEOUT_S))
        await self._transport.close()


async def power_on(device: Device, where: Air | str) -> None:
    """Power on a host on its controller. Raises ``SpecError`` when the controller does not answer."""
    try:
        await asyncio.wait_for(device.power_on(), of_the_world(RESPONSE_TIMEOUT_S))
    except (TimeoutError, core.BaseBumbleError, hci.HCI_Error) as error:
        reason = str(error) or f"no answer to HCI within {RESPONSE_TIMEOUT_S:g} s; is it a Bluetooth controller, and free?"
        place = "the virtual air" if isinstance(where, Air) else where
        raise SpecError(f"radio {place}: {reason}") from None
