"""Passkeys that clients display, and those that somebody guesses."""

import asyncio
import io

import pytest
from bumble import core, hci, smp
from bumble.device import Connection, Device
from bumble.pairing import PairingConfig

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.core.actions import CannotDo
from isletbench.emulator.gatt import Secured, Security
from isletbench.emulator.interfaces.terminal.lines import line_of
from isletbench.emulator.journal import reader
from isletbench.emulator.journal.bench_events import PasskeyAwaited
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.rigs.rig import parse
from isletbench.emulator.transports.ble.host import DISPLAY, KEYBOARD, Passkey
from isletbench.emulator.transports.ble.pairing_attempts import FIRST_WAIT_S, LONGEST_WAIT_S, PairingAttempts
from tests.harness.journals import of_bench
from tests.rigs.test_rig import DEFAULT
from tests.transports.ble.test_conditions import jumping
from tests.transports.ble.test_radio import PASSKEY, Room, central, room

RIG = DEFAULT.replace("passkey = 123456 }", "enters_passkey = true }")


def showing(shown: int) -> PairingConfig:
    return PairingConfig(sc=True, mitm=True, bonding=True, delegate=Passkey(DISPLAY, shown))


def test_an_action_types_the_passkey_that_a_client_displays_and_the_status_says_that_it_is_awaited() -> None:
    written = io.StringIO()

    async def main() -> None:
        async with Bench(parse(RIG, "typed.toml"), ports=Ports.MEMORY, journal=Journal(written)) as bench:
            assert bench.air is not None
            with pytest.raises(CannotDo, match="no passkey is awaited"):
                bench.steering.do("cgm", "enter_passkey", {"passkey": 1})
            device = central(bench.air, config=showing(42_017))
            await device.power_on()
            place = bench.ready()["devices"]["cgm"]["ble"]
            connection = await device.connect(hci.Address(place["address"]), timeout=5)
            pairing = asyncio.ensure_future(connection.pair())
            await asyncio.sleep(1)
            status = bench.status()["devices"]["cgm"]
            assert status["ble"]["awaits_passkey"]
            assert "awaits the passkey" in line_of(status)
            with pytest.raises(CannotDo, match="passkey: expected 0 to 999999"):
                bench.steering.do("cgm", "enter_passkey", {"passkey": 1_000_000})
            bench.steering.do("cgm", "enter_passkey", {"passkey": "042017"})
            assert "awaits_passkey" not in bench.status()["devices"]["cgm"]["ble"], "said in the answer to the action already"
            await pairing
            (peer,) = bench.hosts["cgm"].endpoint.peers.values()
            assert peer.security is Security.AUTHENTICATED
            assert "awaits_passkey" not in bench.status()["devices"]["cgm"]["ble"]

    jumping(main())
    written.seek(0)
    assert [event for _, event in of_bench(reader.read(written), PasskeyAwaited)] == [PasskeyAwaited("cgm")]


def test_a_passkey_that_nobody_types_in_ends_the_pairing_after_30_s() -> None:
    async def main() -> float:
        made = await room(Security.AUTHENTICATED, None, enters_passkey=True)
        device = central(made.air, config=showing(7))
        await device.power_on()
        connection = await device.connect(hci.Address(made.peripheral.address), timeout=5)
        began = asyncio.get_running_loop().time()
        with pytest.raises(core.ProtocolError):
            await connection.pair()
        with pytest.raises(CannotDo):
            made.peripheral.enter_passkey(7)
        await made.host.stop()
        return asyncio.get_running_loop().time() - began

    assert jumping(main()) == pytest.approx(30, abs=1)


def test_a_client_that_leaves_while_its_passkey_is_awaited_leaves_nothing_to_type() -> None:
    async def main() -> None:
        made = await room(Security.AUTHENTICATED, None, enters_passkey=True)
        device = central(made.air, config=showing(7))
        await device.power_on()
        connection = await device.connect(hci.Address(made.peripheral.address), timeout=5)
        pairing = asyncio.ensure_future(connection.pair())
        await asyncio.sleep(1)
        await connection.disconnect()
        await asyncio.sleep(1)
        assert "awaits_passkey" not in made.peripheral.place()
        await asyncio.gather(pairing, return_exceptions=True)
        await made.host.stop()

    jumping(main())


# Guesses


async def guesses(made: Room, device: Device, seconds: float) -> tuple[int, int]:
    """How many attempts with a wrong passkey a client makes in a time, and how many of them are answered with more than 09."""
    loop, made_in_all, counted = asyncio.get_running_loop(), 0, 0
    end = loop.time() + seconds
    connection: Connection | None = None
    while loop.time() < end:
        if connection is None or connection.handle not in device.connections:
            connection = await device.connect(hci.Address(made.peripheral.address), timeout=5)
        made_in_all += 1
        try:
            await connection.pair()
        except core.ProtocolError as error:
            counted += error.error_code != smp.ErrorCode.REPEATED_ATTEMPTS
        await asyncio.sleep(0.1)
    return made_in_all, counted


def test_guesses_of_a_passkey_become_rare_and_the_right_one_is_welcome_after_a_wait() -> None:
    async def main() -> None:
        made = await room(Security.AUTHENTICATED, PASSKEY)
        wrong = PairingConfig(sc=True, mitm=True, bonding=True, delegate=Passkey(KEYBOARD, 1))
        device = central(made.air, config=wrong)
        await device.power_on()
        tried, counted = await guesses(made, device, 120)
        assert tried > 500
        assert counted <= 9, "half a second after the first, then twice as long each time"
        await asyncio.sleep(LONGEST_WAIT_S)
        connection = next(iter(device.connections.values()), None)
        assert connection is not None
        wrong.delegate = Passkey(KEYBOARD, PASSKEY)
        await connection.pair()
        assert made.said(Secured)
        await made.host.stop()

    jumping(main())


def test_a_wait_is_of_one_address_and_of_all_private_ones_and_ends() -> None:
    async def main() -> None:
        attempts = PairingAttempts()
        one, other = hci.Address("C1:00:00:00:00:01"), hci.Address("C1:00:00:00:00:02")
        private, changed = hci.Address("41:00:00:00:00:01"), hci.Address("42:00:00:00:00:02")
        for address in (one, private):
            attempts.failed(address, smp.ErrorCode.CONFIRM_VALUE_FAILED)
        assert [attempts.must_wait(a) for a in (one, other, private, changed)] == [True, False, True, True]
        await asyncio.sleep(FIRST_WAIT_S)
        assert not any(attempts.must_wait(a) for a in (one, other, private, changed))
        attempts.failed(one, smp.ErrorCode.CONFIRM_VALUE_FAILED)
        await asyncio.sleep(FIRST_WAIT_S)
        assert attempts.must_wait(one), "twice as long"
        attempts.succeeded(one)
        assert not attempts.must_wait(one)
        attempts.failed(other, smp.ErrorCode.PAIRING_NOT_SUPPORTED)
        assert not attempts.must_wait(other), "what the device refuses for itself is no guess"

    jumping(main())
