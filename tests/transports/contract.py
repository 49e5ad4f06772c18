"""The contract every transport keeps: what a collector may rely on, whatever carries its device.

A test module offers a fixture ``bench`` (an ``Arrangement``) and imports these tests; they then run on its transport.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from isletbench.emulator.bench.host import Host
from isletbench.emulator.collectors.collector import Collector, Key
from isletbench.emulator.gatt import GattDevice
from isletbench.emulator.transports.ble.stack_services import GENERIC_ACCESS, GENERIC_ATTRIBUTE
from isletbench.protocols.att import AttCode, AttError
from tests.harness.gadget import CONTROL_POINT, INDICATED, NOTIFIED, OPEN, READABLE, SECOND_SERVICE, SERVICE, WRITABLE, Gadget


@dataclass
class Arrangement:
    """A gadget on the transport under test, and a way to make collectors that reach it."""

    gadget: Gadget
    host: Host[GattDevice]
    collector: Callable[[], Collector]
    vanish: Callable[[Collector], None]
    """Make a collector disappear without a goodbye."""
    longest_told: int
    """Octets that one notification can carry here."""
    notices: bool = True
    """Whether one end sees the other leave: a cable without modem lines tells nothing, only the next client's greeting does."""

    def tell(self, uuid: int, *values: bytes) -> None:
        """Let the device tell these values now."""
        self.gadget.service.news += [(uuid, value) for value in values]
        self.gadget.machine.due.append(0)
        self.host.wake()


def key(uuid: int) -> Key:
    return Key(SERVICE, uuid)


async def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for something that the transport will bring about; fails with ``what`` when it does not."""
    for _ in range(2_000):
        if condition():
            return
        await asyncio.sleep(0.005)
    pytest.fail(f"waited in vain until {what}")


async def test_discovery_finds_the_table(bench: Arrangement) -> None:
    collector = bench.collector()
    await collector.connect()
    expected = {Key(a.service.uuid, a.spec.uuid): a.spec.properties for a in bench.gadget.device.table.attributes}
    of_the_stack = {GENERIC_ACCESS, GENERIC_ATTRIBUTE}
    found = {key: properties for key, properties in collector.characteristics.items() if key.service not in of_the_stack}
    assert found == expected
    await collector.disconnect()


async def test_a_value_is_read_and_written(bench: Arrangement) -> None:
    collector = bench.collector()
    await collector.connect()
    assert await collector.read(key(READABLE)) == b"\x01\x02\x03"
    await collector.write(key(WRITABLE), b"new")
    assert await collector.read(key(WRITABLE)) == b"new"
    await collector.write(key(WRITABLE), b"", response=False)
    await until(lambda: bench.gadget.service.value == b"", "the write without response arrives")
    await collector.disconnect()


async def test_one_uuid_in_two_services_is_two_values(bench: Arrangement) -> None:
    collector = bench.collector()
    await collector.connect()
    assert await collector.read(Key(SERVICE, OPEN)) == b"open"
    assert await collector.read(Key(SECOND_SERVICE, OPEN)) == b"second"
    await collector.disconnect()


@pytest.mark.parametrize("length", [0, 1, 19, 20, 21, 253, 254, 255, 511, 512])
async def test_every_length_a_value_can_have_is_carried_whole(bench: Arrangement, length: int) -> None:
    collector = bench.collector()
    await collector.connect()
    bench.gadget.service.value = bytes(range(256))[::-1] * 2
    bench.gadget.service.value = bench.gadget.service.value[:length]
    assert await collector.read(key(READABLE)) == bench.gadget.service.value
    written = bytes(n % 251 for n in range(min(length, bench.longest_told)))
    await collector.write(key(WRITABLE), written)
    assert bench.gadget.service.written == [written]
    await collector.disconnect()


async def test_a_refusal_arrives_with_its_code(bench: Arrangement) -> None:
    collector = bench.collector()
    await collector.connect()
    with pytest.raises(AttError) as read:
        await collector.read(key(CONTROL_POINT))
    assert read.value.code is AttCode.READ_NOT_PERMITTED
    with pytest.raises(AttError) as written:
        await collector.write(key(READABLE), b"x")
    assert written.value.code is AttCode.WRITE_NOT_PERMITTED
    with pytest.raises(AttError) as refused:
        await collector.write(key(CONTROL_POINT), b"\xff")
    assert refused.value.code is AttCode.OUT_OF_RANGE
    await collector.disconnect()


async def test_notifications_arrive_in_order_and_whole(bench: Arrangement) -> None:
    collector, heard = bench.collector(), list[bytes]()
    await collector.connect()
    await collector.subscribe(key(NOTIFIED), heard.append)
    values = [bytes([n]) * (1 + n % bench.longest_told) for n in range(200)]
    bench.tell(NOTIFIED, *values)
    await until(lambda: len(heard) >= len(values), "200 notifications have come")
    assert heard == values
    await collector.disconnect()


async def test_every_indication_is_confirmed_before_the_next(bench: Arrangement) -> None:
    collector, heard = bench.collector(), list[bytes]()
    await collector.connect()
    await collector.subscribe(key(INDICATED), heard.append)
    bench.tell(INDICATED, b"1", b"2", b"3")
    events = bench.gadget.service.events
    await until(lambda: events.count(f"confirmed {INDICATED:04X}") == 3, "three indications are confirmed")
    assert heard == [b"1", b"2", b"3"]
    await collector.disconnect()


async def test_who_has_not_subscribed_is_not_told(bench: Arrangement) -> None:
    collector, heard = bench.collector(), list[bytes]()
    await collector.connect()
    bench.tell(NOTIFIED, b"to nobody")
    await collector.subscribe(key(NOTIFIED), heard.append)
    bench.tell(NOTIFIED, b"to you")
    await until(lambda: bool(heard), "a notification has come")
    await collector.unsubscribe(key(NOTIFIED))
    bench.tell(NOTIFIED, b"to nobody again")
    await collector.read(key(READABLE))
    assert heard == [b"to you"]
    await collector.disconnect()


async def test_a_control_point_answers_the_write_first_and_then_indicates(bench: Arrangement) -> None:
    collector, order = bench.collector(), list[str]()
    await collector.connect()
    await collector.subscribe(key(CONTROL_POINT), lambda value: order.append(value.decode()))
    for n in range(20):
        await collector.write(key(CONTROL_POINT), f"do {n}".encode())
        order.append(f"written {n}")
        await until(lambda n=n: f"do {n}" in order, "the indication comes")  # type: ignore[misc]  # n is bound at once
    assert sorted(order, key=lambda step: int(step.split()[1])) == order
    await collector.disconnect()


async def test_a_new_connection_starts_without_subscriptions(bench: Arrangement) -> None:
    collector, heard = bench.collector(), list[bytes]()
    for n in range(5):
        await collector.connect()
        bench.tell(NOTIFIED, b"to nobody")
        await collector.read(key(READABLE))
        assert heard == [b"x"] * n
        await collector.subscribe(key(NOTIFIED), heard.append)
        bench.tell(NOTIFIED, b"x")
        await until(lambda n=n: len(heard) == n + 1, "a notification has come")  # type: ignore[misc]  # n is bound at once
        await collector.disconnect()
        if bench.notices:
            await until(lambda: not bench.gadget.device.peers, "the device sees the connection end")


async def test_a_client_that_vanishes_leaves_the_device_to_the_next(bench: Arrangement) -> None:
    first = bench.collector()
    await first.connect()
    await first.subscribe(key(INDICATED), lambda _: None)
    bench.tell(INDICATED, b"1", b"2")
    bench.vanish(first)
    if bench.notices:
        await until(lambda: not bench.gadget.device.peers, "the device sees that the client has gone")
    second, heard = bench.collector(), list[bytes]()
    await second.connect()
    await second.subscribe(key(INDICATED), heard.append)
    bench.tell(INDICATED, b"3")
    await until(lambda: bool(heard), "the next client is told")
    assert heard == [b"3"]
    await second.disconnect()


async def test_a_device_that_goes_away_is_noticed_and_can_come_back(bench: Arrangement) -> None:
    collector = bench.collector()
    await collector.connect()
    await bench.host.stop()
    assert not bench.gadget.device.peers
    if not bench.notices:
        bench.vanish(collector)
    await until(lambda: not collector.is_connected, "the client sees that the device has gone")
    with pytest.raises((ConnectionError, TimeoutError)):
        await collector.read(key(READABLE))
    await bench.host.start()
    again = bench.collector()
    await again.connect()
    assert await again.read(key(READABLE)) == b"\x01\x02\x03"
    await again.disconnect()
