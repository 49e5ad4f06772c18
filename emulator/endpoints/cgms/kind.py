"""The kind ``cgm``: a continuous glucose monitor behind the Continuous Glucose Monitoring Service."""

from collections.abc import Mapping
from typing import Any, Literal

from isletbench.emulator.cgm.actions import ACTIONS
from isletbench.emulator.cgm.events import SensorEvent
from isletbench.emulator.cgm.losses import PRESETS, Losses
from isletbench.emulator.cgm.profile import PROFILES, SensorProfile
from isletbench.emulator.cgm.sensor import Sensor
from isletbench.emulator.core.glucose import Source
from isletbench.emulator.endpoints.cgms.persistence import SensorPersistence
from isletbench.emulator.endpoints.cgms.service import cgm_endpoint
from isletbench.emulator.endpoints.device_table import DeviceTable
from isletbench.emulator.endpoints.glucose_table import GlucoseTable, replayed, source_of
from isletbench.emulator.endpoints.kind import Kind, Setup


class CgmDevice(DeviceTable):
    """A continuous glucose monitor."""

    kind: Literal["cgm"]
    glucose: GlucoseTable = None
    """The glucose that it measures; that of the rig's patient when left out."""


def _machine(table: CgmDevice, profile: SensorProfile, setup: Setup) -> Sensor:
    return Sensor(profile, _source(table, profile, setup), epoch=setup.epoch, seed=setup.seed)


def _source(table: CgmDevice, profile: SensorProfile, setup: Setup) -> Source:
    """What the sensor measures. One that has a lag of its own begins with plasma: glucose lags behind once, not twice."""
    if setup.glucose is not None:
        return setup.glucose
    if table.glucose is not None:
        return source_of(table.glucose)
    if setup.body is None:
        raise ValueError("glucose: expected what it measures, or a patient in the rig")
    return setup.body.plasma if profile.lag else setup.body.interstitial


def _status_line(status: Mapping[str, Any]) -> str:
    glucose = status["glucose_mg_dl"]
    shown = "no reading" if glucose is None else f"{glucose:g} mg/dL"
    return f"session {status['session']} | {shown} | {status['records']} records"


CGM = Kind(
    name="cgm",
    about="a continuous glucose monitor",
    table=CgmDevice,
    profiles=PROFILES,
    presets={Losses: PRESETS},
    machine=_machine,
    endpoint=cgm_endpoint,
    actions=ACTIONS,
    events=SensorEvent,
    service="cgms",
    least={"glucose": {"mg_dl": 120}},
    persistence=SensorPersistence(),
    status_line=_status_line,
    replays=lambda table: replayed(table.glucose),
)
"""A continuous glucose monitor."""
