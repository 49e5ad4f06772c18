"""How a peripheral advertises on a controller of another make."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from bumble import hci
from bumble.controller import Controller
from bumble.device import Device
from bumble.host import Host
from bumble.link import LocalLink
from bumble.transport.common import AsyncPipeSink

from isletbench.emulator.gatt import Advertisement
from isletbench.emulator.transports.ble.advertising import Advertiser
from isletbench.emulator.transports.ble.radio import AdvertisingLimits


class Strict(Controller):
    """Refuses to disable what is not enabled, as BlueZ's emulator does; a connection has ended the advertising before."""

    answer = hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR

    def on_hci_le_set_extended_advertising_enable_command(self, command: Any) -> Any:
        super().on_hci_le_set_extended_advertising_enable_command(command)
        return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.SUCCESS if command.enable else self.answer)

    def on_hci_le_set_advertising_enable_command(self, command: Any) -> Any:
        super().on_hci_le_set_advertising_enable_command(command)
        return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.SUCCESS if command.advertising_enable else self.answer)


async def advertised(controller: Strict) -> list[BaseException | None]:
    """What went wrong in the background where advertising is restarted."""
    device = Device("cgm", hci.Address("F0:10:00:00:00:01"), host=Host(controller, AsyncPipeSink(controller)))
    await device.power_on()
    tasks: list[asyncio.Task[None]] = []

    def spawn(work: Coroutine[Any, Any, None]) -> None:
        tasks.append(asyncio.get_running_loop().create_task(work))

    advertiser = Advertiser(Advertisement("IB-CGM", (), 0), lambda: device, spawn)
    await advertiser.start()
    advertiser.limit(AdvertisingLimits(hides_name=True))
    await asyncio.wait(tasks)
    advertiser.stay_at_pace()
    assert device.is_advertising or tasks[0].exception()
    return [task.exception() for task in tasks]


def strict() -> Strict:
    return Strict("strict", link=LocalLink())  # type: ignore[no-untyped-call]  # bumble's own has no annotations


async def test_a_controller_that_advertises_no_more_may_refuse_to_be_stopped() -> None:
    assert await advertised(strict()) == [None]


async def test_any_other_refusal_is_an_error() -> None:
    controller = strict()
    controller.answer = hci.HCI_ErrorCode.HARDWARE_FAILURE_ERROR
    with pytest.raises(hci.HCI_Error):
        raise (await advertised(controller))[0] or AssertionError


async def test_limits_that_change_at_once_are_carried_out_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    controller = strict()
    device = Device("cgm", hci.Address("F0:10:00:00:00:01"), host=Host(controller, AsyncPipeSink(controller)))
    await device.power_on()
    send = device.host.send_sync_command

    async def slowly(*command: Any, **options: Any) -> Any:
        for _ in range(3):
            await asyncio.sleep(0)  # others have a turn, as with a controller at the end of a cable
        return await send(*command, **options)

    monkeypatch.setattr(device.host, "send_sync_command", slowly)
    tasks: list[asyncio.Task[None]] = []

    def spawn(work: Coroutine[Any, Any, None]) -> None:
        tasks.append(asyncio.get_running_loop().create_task(work))

    advertiser = Advertiser(Advertisement("IB-CGM", (), 0), lambda: device, spawn)
    await advertiser.start()
    for limits in (AdvertisingLimits(hides_name=True), AdvertisingLimits(), AdvertisingLimits(hides_name=True)):
        advertiser.limit(limits)
    await asyncio.gather(*tasks)
    advertiser.stay_at_pace()
    assert device.is_advertising
    (given,) = controller.advertising_sets.values()
    assert b"IB-CGM" not in given.data, "as the last of them has it"
    advertiser.limit(AdvertisingLimits())
    await tasks[-1]
    advertiser.stay_at_pace()
    (given,) = controller.advertising_sets.values()
    assert b"IB-CGM" in given.data
