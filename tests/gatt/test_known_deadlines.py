"""A device at which nothing is due costs the same whatever it remembers and whoever is connected: calls are counted."""

import gc
from datetime import datetime

import pytest

from isletbench.emulator.cgm.profile import PROFILES as SENSORS
from isletbench.emulator.cgm.sensor import Sensor
from isletbench.emulator.core.quantities import hours, units
from isletbench.emulator.endpoints.cgms.service import cgm_endpoint
from isletbench.emulator.endpoints.ids.service import pump_endpoint
from isletbench.emulator.gatt import Connected, Disconnected, GattDevice, Indicate, Notify, Security, Write
from isletbench.emulator.pump.machine import Pump
from isletbench.emulator.pump.profile import PROFILES as PUMPS
from isletbench.protocols import cgms, ids, racp
from isletbench.protocols.racp import GENERIC
from tests.harness.deadlines import calls_of, searched_device

EPOCH = datetime(2026, 1, 1, 8, 0)  # noqa: DTZ001  # a device's calendar has no zone of its own
NOTHING_DUE = 60
"""Calls that an instant may cost at which nothing is due: a few for every service, none for a client or a record."""


def cgm() -> GattDevice:
    return cgm_endpoint("cgm", Sensor(SENSORS["generic"], lambda at: 100.0, epoch=EPOCH, seed=1), "IB-CGM")


def pump() -> GattDevice:
    machine = Pump(PUMPS["generic"], epoch=EPOCH, basal=[(0, units(1))], reservoir=units(200), seed=1)
    return pump_endpoint("pump", machine, "IB-Pump")


def advanced(device: GattDevice, until: int) -> int:
    """Let everything happen that is due; the instant after the last of it."""
    now = 0
    while (due := device.next_deadline) is not None and due <= until:
        now = due
        device.advance(now)
        assert device.next_deadline == searched_device(device)
    return now + 1


def joined(device: GattDevice, clients: int, now: int) -> None:
    """Connect clients that subscribe to everything."""
    for number in range(clients):
        link = f"link#{number}"
        device.receive(Connected(link, 247, Security.AUTHENTICATED), now)
        for attribute in device.table.attributes:
            if attribute.cccd is not None:
                wanted = 1 if attribute.spec.properties & 0x10 else 2
                device.receive(Write(link, attribute.cccd, bytes([wanted, 0])), now)


def cost(device: GattDevice, now: int) -> int:
    """The calls of asking for the deadline, and of an instant before it, of a device that is at ``now``."""
    device.advance(now)
    assert device.next_deadline is not None
    assert device.next_deadline > now + 1
    found = calls_of(lambda: (device.next_deadline, device.advance(now + 1)))
    assert device.next_deadline == searched_device(device)
    return found


def test_what_others_have_left_for_the_collector_is_not_counted() -> None:
    class Left:
        def __init__(self) -> None:
            self.itself = self

        def __del__(self) -> None:
            """Python code that runs whenever the collector does."""

    kept: list[list[int]] = []

    def appended() -> None:
        kept.extend([[number] for number in range(100)])

    def appended_and_left() -> None:
        appended()
        Left()

    threshold = gc.get_threshold()
    gc.set_threshold(5)
    try:
        found = calls_of(appended_and_left)
        again = calls_of(appended)
    finally:
        gc.set_threshold(*threshold)
        gc.collect()
    assert (found, again) == (4, 2), "the function, its comprehension; with the object's, one more of each"


@pytest.mark.parametrize("made", [cgm, pump])
def test_an_instant_at_which_nothing_is_due_costs_the_same_for_one_client_as_for_twenty(made: type) -> None:
    costs = []
    for clients in (1, 20):
        device = made()
        now = advanced(device, hours(1))
        joined(device, clients, now)
        costs.append(cost(device, now + 1))
    assert costs[0] == costs[1] <= NOTHING_DUE


@pytest.mark.parametrize("made", [cgm, pump])
def test_it_costs_the_same_after_days_as_at_the_beginning(made: type) -> None:
    costs = []
    for until in (hours(2), hours(60)):
        device = made()
        joined(device, 1, 0)
        costs.append(cost(device, advanced(device, until)))
    assert costs[0] == costs[1] <= NOTHING_DUE


def test_transfers_and_indications_are_known_as_they_come_and_go() -> None:
    device = cgm()
    now = advanced(device, hours(3))
    joined(device, 3, now)
    point = device.table.of(cgms.SERVICE, cgms.RECORD_ACCESS.uuid)
    request = GENERIC.encode(racp.Request(racp.Operation.REPORT, racp.Selection(racp.Operator.ALL)))
    for number in range(3):
        device.receive(Write(f"link#{number}", point.handle, request), now + number)
        assert device.next_deadline == searched_device(device)
    indicated, notified = 0, 0
    for _ in range(60):
        assert device.next_deadline is not None
        now = max(now, device.next_deadline)
        effects = device.advance(now)
        assert device.next_deadline == searched_device(device)
        indicated += sum(isinstance(effect, Indicate) for effect in effects)
        notified += sum(isinstance(effect, Notify) for effect in effects)
        if indicated == 1:
            device.receive(Disconnected("link#1"), now)
            assert device.next_deadline == searched_device(device)
    assert indicated >= 2
    assert notified > 6


def test_a_pump_encodes_nothing_for_its_clients_while_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    device = pump()
    joined(device, 2, 0)
    encoded: list[object] = []
    service = device.services[0]
    value = service._value  # type: ignore[attr-defined]

    def counted(uuid: int) -> object:
        encoded.append(uuid)
        return value(uuid)

    monkeypatch.setattr(service, "_value", counted)
    for now in range(1, 100):
        device.advance(now)
    assert encoded == []
    pulse = device.machine.next_deadline
    assert pulse is not None
    assert any(isinstance(effect, Notify | Indicate) for effect in device.advance(pulse))
    assert {ids.STATUS.uuid, ids.ANNUNCIATION_STATUS.uuid} <= set(encoded)
