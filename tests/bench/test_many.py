"""Many devices on one bench: each with an identity and a place of its own, and all of them at once."""

import asyncio

import pytest

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.collectors.bleak_backend import virtual_bluetooth
from isletbench.emulator.collectors.bleak_collector import BleakCollector
from isletbench.emulator.collectors.collector import Collector, Key
from isletbench.emulator.collectors.link_collector import LinkCollector
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.rigs.rig import RigError, parse
from isletbench.protocols import companions

PASSKEY = 123456
COUNT = 6
CGM = """
[devices.cgm{n}]
kind = "cgm"
serial = "pty:"
ble = {{ name = "CGM-{n}", passkey = 123456 }}
glucose = {{ mg_dl = {level} }}
"""
PUMP = """
[devices.pump{n}]
kind = "pump"
serial = "pty:"
ble = {{ name = "Pump-{n}", passkey = 123456 }}
basal = [{{ at = 00:00:00, rate = 1.0 }}]
"""
RIG = 'schema = 1\nname = "ward"\n' + "".join(CGM.format(n=n, level=80 + n) + PUMP.format(n=n) for n in range(COUNT))
SYSTEM_ID = Key(companions.DEVICE_INFORMATION, companions.SYSTEM_ID.uuid)
SERIAL_NUMBER = Key(companions.DEVICE_INFORMATION, companions.SERIAL_NUMBER.uuid)


async def who(collector: Collector) -> tuple[str, str]:
    await collector.connect()
    try:
        return (await collector.read(SYSTEM_ID)).hex(), (await collector.read(SERIAL_NUMBER)).decode()
    finally:
        await collector.disconnect()


def test_a_ward_of_devices_is_reached_at_once_each_by_its_own_name_on_both_ways() -> None:
    async def main() -> None:
        async with Bench(parse(RIG, "ward"), ports=Ports.MEMORY) as bench:
            places = bench.ready()["devices"]
            assert len(places) == 2 * COUNT
            addresses = {place["ble"]["address"] for place in places.values()}
            assert len(addresses) == len({place["serial"] for place in places.values()}) == 2 * COUNT
            serial = await asyncio.gather(*(who(LinkCollector(bench.memory[name].connect)) for name in places))
            assert bench.air is not None
            with virtual_bluetooth(bench.air, passkey=PASSKEY):
                ble = await asyncio.gather(*(who(BleakCollector(place["ble"]["address"])) for place in places.values()))
            assert serial == ble
            assert [number for _, number in serial] == list(places)
            assert len({identity for identity, _ in serial}) == 2 * COUNT

    run(main(), Pace(None))


def test_identities_are_the_same_in_every_run_and_others_for_another_seed() -> None:
    async def main(seed: int) -> list[str]:
        async with Bench(parse(RIG, "ward"), ports=Ports.MEMORY, seed=seed) as bench:
            return [place["ble"]["address"] for place in bench.ready()["devices"].values()]

    first, second, other = (run(main(seed), Pace(None)) for seed in (1, 1, 2))
    assert first == second
    assert not set(first) & set(other)


@pytest.mark.parametrize(
    ("here", "there", "said"),
    [
        ('serial = "pty:"', 'serial = "pty:/tmp/one"', "the serial port pty:/tmp/one is given to two devices"),
        ('serial = "pty:"', 'serial = "serial:/dev/ttyUSB0,9600"', "the serial port serial:/dev/ttyUSB0 is given to two"),
        (
            'serial = "pty:"',
            'serial = "rfc2217:127.0.0.1:7001"',
            "the serial port rfc2217:127.0.0.1:7001 is given",
        ),
        ('name = "CGM-1"', 'name = "CGM-0"', "the Bluetooth name CGM-0 is given to two devices"),
    ],
)
def test_a_place_is_given_once(here: str, there: str, said: str) -> None:
    with pytest.raises(RigError) as error:
        parse(RIG.replace(here, there), "ward.toml")
    assert said in str(error.value)


def test_one_adapter_at_two_speeds_is_still_one_adapter() -> None:
    text = RIG.replace('serial = "pty:"', 'serial = "serial:/dev/ttyUSB0,9600"', 1)
    text = text.replace('serial = "pty:"', 'serial = "serial:/dev/ttyUSB0,19200"', 1)
    with pytest.raises(RigError, match="is given to two devices"):
        parse(text, "ward.toml")
