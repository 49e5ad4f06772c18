"""A real Bluetooth controller in place of the virtual air: the devices then stand in a real room, for everyone to find.

A dongle is named by a transport spec of bumble's: ``usb:0``, ``serial:/dev/ttyACM0,1000000``, ``hci-socket:0`` and others
(https://google.github.io/bumble/transports/). It is one radio with one identity: a device each.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self

from bumble import core, hci
from bumble.device import Device
from bumble.transport import open_transport
from bumble.transport.common import Transport

from isletbench.emulator.transports.ble.air import Air
from isletbench.emulator.transports.ble.specs import SpecError

ANSWERS_WITHIN_S = 10.0
"""What answers is a controller; what does not is a modem, or a dongle that something else holds."""
LEAVES_WITHIN_S = 2.0


class Dongle:
    """A controller that was opened. ``ends`` are its packets, and where packets for it go."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._leaving = False
        self.ends: tuple[Any, Any] = (transport.source, transport.sink)

    @classmethod
    async def plug_in(cls, spec: str, unplugged: Callable[[], None]) -> Self:
        """The controller at ``spec``; ``unplugged`` is called when it goes away by itself. Raises ``SpecError``."""
        try:
            transport = await asyncio.wait_for(open_transport(spec), ANSWERS_WITHIN_S)
        except Exception as error:  # whatever drivers and libraries say; the user needs the name and the reason
            reason = " ".join(str(error).split()) or type(error).__name__
            raise SpecError(f"radio {spec}: cannot be had: {reason}") from None
        made = cls(transport)
        terminated = getattr(transport.source, "terminated", None)
        if terminated is not None:
            terminated.add_done_callback(lambda _: None if made._leaving else unplugged())
        return made

    async def pull_out(self, device: Device | None) -> None:
        """Leave the controller silent and without connections, and let it go."""
        self._leaving = True
        if device is not None:
            with suppress(TimeoutError, core.BaseBumbleError, hci.HCI_Error, asyncio.CancelledError):
                await asyncio.wait_for(device.host.send_command(hci.HCI_Reset_Command()), LEAVES_WITHIN_S)
        await self._transport.close()


async def power_on(device: Device, where: Air | str) -> None:
    """Bring a host up on its controller. Raises ``SpecError`` when that does not answer."""
    try:
        await asyncio.wait_for(device.power_on(), ANSWERS_WITHIN_S)
    except (TimeoutError, core.BaseBumbleError, hci.HCI_Error) as error:
        reason = str(error) or f"no answer to HCI within {ANSWERS_WITHIN_S:g} s; is it a Bluetooth controller, and free?"
        raise SpecError(f"radio {where}: {reason}") from None
