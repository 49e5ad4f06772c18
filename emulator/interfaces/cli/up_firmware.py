"""`up` of firmware: brings the devices up, prints the ready line, until a signal ends it."""

import asyncio
import sys
from typing import Any

from isletbench.emulator.core import running
from isletbench.emulator.core.quantities import Span
from isletbench.emulator.interfaces.cli.output import console, line, print_json
from isletbench.emulator.interfaces.cli.signals import stop_event
from isletbench.emulator.rigs.bring_up.firmware_rig import FirmwareRig
from isletbench.emulator.rigs.bring_up.program import BringupError
from isletbench.emulator.rigs.bring_up.steps import FirmwareBringUp, Step

POLL_S = 0.5
"""The period of the check whether a device's program has ended by itself."""


def _announce(rig: FirmwareRig) -> None:
    """Say which programs of the rig file are started, and where, before they are."""
    print(f"isletbench: {rig.warning}", file=sys.stderr, flush=True)


def flash(rig: FirmwareRig) -> None:
    """Build the images, and write them to the boards. Raises ``BringupError``."""
    _announce(rig)

    async def main() -> None:
        await FirmwareBringUp(rig, running.directory()).go_to(Step.FLASHED)

    asyncio.run(main())


def serve(rig: FirmwareRig, span: Span | None, *, as_json: bool) -> None:
    """Run firmware for ``span``, or until a signal that ends it. Raises ``BringupError`` when it does not come up, or ends."""
    asyncio.run(_up(rig, span, as_json))


async def _up(rig: FirmwareRig, span: Span | None, as_json: bool) -> None:
    stop = stop_event()
    _announce(rig)
    async with FirmwareBringUp(rig, running.directory()) as stand:
        coming = asyncio.create_task(stand.go_to(Step.RUNNING))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait([coming, stopped], return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set():
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)
            return
        stopped.cancel()
        coming.result()
        devices = {name: {"kind": rig.devices[name].kind, **place} for name, place in stand.places.items()}
        ready: dict[str, Any] = {"ready": True, "control": None, "hci": [], "devices": devices}
        with running.announced_ports(rig.name, devices):
            if as_json:
                print_json(ready)
            else:
                _print_ready(rig, ready)
            await _serve_until(stand, span, stop)


async def _serve_until(stand: FirmwareBringUp, span: Span | None, stop: asyncio.Event) -> None:
    """Wait for the end; a device that ends before is an error."""
    loop = asyncio.get_running_loop()
    ends = None if span is None else loop.time() + span / 1_000
    while not stop.is_set():
        if died := stand.ended_program():
            raise BringupError(f"{stand.rig.name}: {died}")
        left = POLL_S if ends is None else min(POLL_S, ends - loop.time())
        if left <= 0:
            return
        try:
            await asyncio.wait_for(stop.wait(), left)
        except TimeoutError:
            continue


def _print_ready(rig: FirmwareRig, ready: dict[str, Any]) -> None:
    """The ready line for a person, with something to paste."""
    terminal = console()
    about = f", {rig.about}. For tests only: never near a therapy device."
    terminal.print(line("isletbench: rig ", (rig.name, "bold"), about))
    for name, device in ready["devices"].items():
        terminal.print(line("  ", (name, "bold"), f" ({device['kind']}): {device['serial']}"))
    terminal.print("Stop with Ctrl-C.")
