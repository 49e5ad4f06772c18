"""Audits of our own devices in this process, on virtual time: over the serial link in memory, or over the virtual air."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from isletbench.emulator.audit.carriers import BleCarrier, SerialCarrier
from isletbench.emulator.audit.conduct import Audit, audit
from isletbench.emulator.audit.exam import Permissions
from isletbench.emulator.collectors.bleak_collector import BleakCollector
from isletbench.emulator.collectors.link_collector import LinkCollector
from isletbench.emulator.core.quantities import hours, minutes

EVERYTHING = Permissions(delivery=True, lasting=True)
DEVICES = {"cgms": "cgm", "ids": "pump", "gls": "meter"}
"""The device of each profile."""
PLAIN, BARE, SWINGING = "plain", "bare", "swinging"
"""A device of every feature; one of as few as can be; a sensor whose glucose leaves every level."""
EMPTY, WARM = "empty", "warm"
"""A pump without a reservoir; one that is too warm."""
DAMAGED, ALERTED, AGED = "damaged", "alerted", "aged"
"""A pump one of whose records is damaged; a sensor with an alert of its own; one that has measured for more than a day."""
BEYOND, MOVED, SLOW = "beyond", "moved", "slow"
"""A meter of results beyond its range; one that tested over midnight, and was set then; one whose reports take long."""
TABLES: dict[tuple[str, str], dict[str, Any]] = {
    ("cgms", PLAIN): {"kind": "cgm", "glucose": {"trace": "azt1d_subject07"}},
    ("cgms", BARE): {
        "kind": "cgm",
        "glucose": {"mean_mg_dl": 160, "amplitude_mg_dl": 130, "period_minutes": 120},
        "tuning": {
            "without": [
                *("E2E_CRC", "HYPO_ALERTS", "HYPER_ALERTS", "PATIENT_HIGH_LOW_ALERTS", "RATE_ALERTS"),
                *("DEVICE_SPECIFIC_ALERT", "TREND", "QUALITY", "SENSOR_TEMPERATURE_HIGH_LOW_DETECTION"),
            ]
        },
    },
    ("cgms", SWINGING): {"kind": "cgm", "glucose": {"mean_mg_dl": 160, "amplitude_mg_dl": 130, "period_minutes": 120}},
    ("ids", PLAIN): {"kind": "pump", "reservoir": 200},
    ("ids", BARE): {
        "kind": "pump",
        "reservoir": 200,
        "tuning": {
            "without": [
                *("E2E_PROTECTION", "BOLUS_DELAY_TIME", "INSULIN_ON_BOARD", "TBR_TEMPLATE", "ISF_PROFILE_TEMPLATE"),
                "MULTIPLE_BOND",
            ]
        },
    },
    **{("ids", situation): {"kind": "pump", "reservoir": 200} for situation in (EMPTY, WARM, DAMAGED)},
    **{("cgms", situation): {"kind": "cgm", "glucose": {"trace": "azt1d_subject07"}} for situation in (ALERTED, AGED)},
    ("gls", PLAIN): {"kind": "meter", "profile": "accurate"},
    ("gls", BEYOND): {
        "kind": "meter",
        "profile": "accurate",
        "glucose": {"mean_mg_dl": 160, "amplitude_mg_dl": 130, "period_minutes": 120},
        "tuning": {"low": 70, "high": 250},
    },
    ("gls", MOVED): {"kind": "meter", "profile": "accurate"},
    ("gls", SLOW): {"kind": "meter", "profile": "accurate", "tuning": {"habits": {"transfer_spacing": "300ms"}}},
    ("gls", BARE): {"kind": "meter", "profile": "accurate", "tuning": {"unit": "mmol/L", "without": ["SAMPLE_SIZE"]}},
}


def rig_of(profile: str, situation: str = PLAIN, *, by_radio: bool = False) -> dict[str, Any]:
    """A rig with one device to be audited, as plain data."""
    table = {**TABLES[profile, situation], "serial": "pty:"}
    if by_radio:
        table["ble"] = {"name": "IB-Audit", "address": "F0:10:00:00:00:01", "passkey": 123456}
    basal = [{"at": time(0), "rate": 0.8}]
    if profile == "ids":
        table["basal"] = basal
    plain: dict[str, Any] = {"schema": 1, "name": "audited", "seed": 1, "devices": {DEVICES[profile]: table}}
    if profile == "gls":
        plain["devices"]["pump"] = {"kind": "pump", "serial": "pty:", "reservoir": 200, "basal": basal}
        plain["patient"] = {"start_glucose": 140}
    if situation == MOVED:
        plain["start"] = LEAP_EVENING
    return plain


LEAP_EVENING, ABROAD = datetime(2028, 2, 28, 23), datetime(2028, 2, 29, 2, 30)  # noqa: DTZ001  # a device's clock has no zone
"""When the tests of a meter begin that go over midnight, into the 29th of February; what its user sets it to after an hour."""
AHEAD = hours(5)
"""What a device has gone through before its audit: there are records by then."""
LONGER = {AGED: hours(26)}
"""What it has gone through in a situation that takes longer."""
MARKS: tuple[dict[str, Any], ...] = (
    {},
    {"meal": "before_meal", "carbohydrate": "lunch", "grams": 40.0, "insulin": 4.0, "exercise_minutes": 30, "stressed": True},
    {"problem": "short_sample"},
    {"meal": "fasting", "exercise_minutes": 20, "stressed": True},
)
HAPPENED: dict[str, tuple[str, dict[str, Any]]] = {
    EMPTY: ("detach", {}),
    WARM: ("temperature", {"celsius": 50.0}),
    DAMAGED: ("corrupt_record", {"number": 2}),
    ALERTED: ("shorten", {"life": "24h"}),
    MOVED: ("set_clock", {"to": ABROAD}),
}
"""What befalls the device of a situation once its hours are over, and a meter between its tests."""


async def prepare(bench: Any, device: str, situation: str = PLAIN) -> None:
    """Let a device of an open bench gain records, and come into its situation: hours pass, and a meter is used in them."""
    if device != "meter":
        await bench.run(LONGER.get(situation, AHEAD))
        if situation in HAPPENED:
            bench.steering.do(device, *HAPPENED[situation])
            await bench.run(minutes(1))
        return
    for turn in range(12):
        if turn == 6 and situation in HAPPENED:
            bench.steering.do("meter", *HAPPENED[situation])
        bench.steering.do("meter", "measure", MARKS[turn % len(MARKS)])
        await bench.run(minutes(10))
    for level in (1, 2, 3):
        bench.steering.do("meter", "measure_control", {"level": level})
        await bench.run(minutes(10))


async def audited(
    bench: Any, device: str, profile: str, *, permissions: Permissions = EVERYTHING, rows: Sequence[str] = ()
) -> Audit:
    """The audit of a device of an open bench in memory, over its serial link, while the bench runs."""
    running = asyncio.ensure_future(bench.run(None))
    collector = LinkCollector(bench.memory[device].connect)
    try:
        return await audit(collector, SerialCarrier(collector), profile, permissions=permissions, rows=rows)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def audited_by_radio(
    bench: Any, address: str, profile: str, *, permissions: Permissions = EVERYTHING, rows: Sequence[str] = ()
) -> Audit:
    """The audit of a device on the virtual air, while the bench runs. ``virtual_bluetooth`` is entered already."""
    running = asyncio.ensure_future(bench.run(None))
    try:
        collector = BleakCollector(address)
        return await audit(collector, BleCarrier(address), profile, permissions=permissions, rows=rows)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
