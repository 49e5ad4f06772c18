"""The kind ``meter``: a finger-stick meter behind the Glucose Service."""

from collections.abc import Mapping
from typing import Any, Literal

from isletbench.emulator.core.glucose import Source
from isletbench.emulator.endpoints.device_table import DeviceTable
from isletbench.emulator.endpoints.gls.persistence import MeterPersistence
from isletbench.emulator.endpoints.gls.service import meter_endpoint
from isletbench.emulator.endpoints.glucose_table import GlucoseTable, replayed, source_of
from isletbench.emulator.endpoints.kind import Kind, Setup
from isletbench.emulator.meter.actions import ACTIONS
from isletbench.emulator.meter.events import MeterEvent
from isletbench.emulator.meter.machine import Meter
from isletbench.emulator.meter.profile import PROFILES, MeterProfile


class MeterDevice(DeviceTable):
    """A finger-stick meter."""

    kind: Literal["meter"]
    glucose: GlucoseTable = None
    """The blood that it tests; that of the rig's patient when left out."""


def _machine(table: MeterDevice, profile: MeterProfile, setup: Setup) -> Meter:
    return Meter(profile, _blood(table, setup), epoch=setup.epoch, seed=setup.seed, name=setup.name)


def _blood(table: MeterDevice, setup: Setup) -> Source:
    """Capillary blood: plasma, without the lag of a sensor under the skin."""
    if setup.glucose is not None:
        return setup.glucose
    if table.glucose is not None:
        return source_of(table.glucose)
    if setup.body is None:
        raise ValueError("glucose: expected what it measures, or a patient in the rig")
    return setup.body.plasma


def _status_line(status: Mapping[str, Any]) -> str:
    return f"{'testing' if status['testing'] else status['display']} | {status['records']} records"


METER = Kind(
    name="meter",
    about="a finger-stick blood glucose meter",
    table=MeterDevice,
    profiles=PROFILES,
    machine=_machine,
    endpoint=meter_endpoint,
    actions=ACTIONS,
    events=MeterEvent,
    service="gls",
    least={"glucose": {"mg_dl": 120}},
    persistence=MeterPersistence(),
    status_line=_status_line,
    replays=lambda table: replayed(table.glucose),
)
"""A finger-stick meter."""
