"""The kind ``pump``: an insulin pump behind the Insulin Delivery Service."""

from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from isletbench.emulator.core.models import LocalTime, Part, Units
from isletbench.emulator.core.quantities import Span, hours, minutes, seconds, units
from isletbench.emulator.endpoints.device_table import DeviceTable
from isletbench.emulator.endpoints.followed import FollowedCgm
from isletbench.emulator.endpoints.ids.actions import ACTIONS
from isletbench.emulator.endpoints.ids.persistence import PumpPersistence
from isletbench.emulator.endpoints.ids.service import pump_endpoint
from isletbench.emulator.endpoints.kind import Kind, Setup
from isletbench.emulator.pump.battery_use import BATTERIES, BatteryUse
from isletbench.emulator.pump.events import PumpEvent
from isletbench.emulator.pump.fluid_path import PATHS, FluidProfile
from isletbench.emulator.pump.glucose_limits import SUSPEND_RULES, SuspendRules
from isletbench.emulator.pump.infusion_set import WEAR
from isletbench.emulator.pump.machine import Pump
from isletbench.emulator.pump.paradigm import PARADIGM
from isletbench.emulator.pump.profile import PROFILES, PumpProfile
from isletbench.emulator.pump.states import Refused
from isletbench.emulator.pump.strokes import STROKES, StrokeProfile


class BasalBlock(Part):
    """From this time of day on, this rate."""

    at: LocalTime
    rate: Units
    """U/h"""

    @property
    def starts(self) -> Span:
        """The time of day, ms since midnight."""
        return hours(self.at.hour) + minutes(self.at.minute) + seconds(self.at.second)


class PumpDevice(DeviceTable):
    """An insulin pump."""

    kind: Literal["pump"]
    reservoir: Units = Decimal(200)
    """U in the reservoir at the start."""
    basal: tuple[BasalBlock, ...] = Field(min_length=1)
    """The activated basal rate profile."""
    infusion_sets: Literal["reliable", "typical", "demanding", "worn_to_failure"] = "reliable"
    """How they fail by themselves."""

    cgm: FollowedCgm | None = None
    """The CGM that it is integrated with; left out: it receives no glucose."""

    @property
    def in_real_time(self) -> bool:
        """As of every device; its CGM on another bench is not in this one's time, either."""
        return super().in_real_time or (self.cgm is not None and self.cgm.hci is not None)

    @model_validator(mode="after")
    def _covers_the_day(self) -> Self:
        times = [block.at for block in self.basal]
        if times[0] != time(0) or times != sorted(set(times)):
            raise ValueError("basal: expected blocks in ascending order from 00:00, none twice")
        return self


def _machine(table: PumpDevice, profile: PumpProfile, setup: Setup) -> Pump:
    try:
        pump = Pump(
            profile,
            epoch=setup.epoch,
            basal=[(block.starts, units(block.rate)) for block in table.basal],
            reservoir=units(table.reservoir),
            seed=setup.seed,
            name=setup.name,
            wear=WEAR[table.infusion_sets],
        )
    except Refused as refused:
        raise ValueError(f"a pump of profile {profile.name} cannot have this: {refused}") from None
    if setup.body is not None:
        pump.parts.path.deliver_into(setup.body.receive)
    return pump


def _status_line(status: Mapping[str, Any]) -> str:
    parts = [f"therapy {status['therapy']}", f"{status['basal_u_per_h']:g} U/h", f"{status['reservoir_u']:.2f} U left"]
    if (cgm := status["cgm"]) is not None:
        glucose, arrow = cgm["glucose_mg_dl"], cgm["arrow"] or ""
        parts.append(f"CGM {cgm['link']}, " + ("no glucose" if glucose is None else f"{glucose:g} mg/dL {arrow}".rstrip()))
    parts += [f"bolus {bolus['id']}: {bolus['delivered_u']:g} of {bolus['programmed_u']:g} U" for bolus in status["boluses"]]
    return " | ".join(parts)


PUMP = Kind(
    name="pump",
    about="an insulin pump",
    table=PumpDevice,
    profiles={**PROFILES, **PARADIGM},
    presets={FluidProfile: PATHS, SuspendRules: SUSPEND_RULES, StrokeProfile: STROKES, BatteryUse: BATTERIES},
    machine=_machine,
    endpoint=pump_endpoint,
    actions=ACTIONS,
    events=PumpEvent,
    service="ids",
    least={"basal": [{"at": "00:00:00", "rate": "1.0"}]},
    delivered=lambda pump: pump.parts.path.to_tissue,
    persistence=PumpPersistence(),
    follows=lambda table: table.cgm,
    status_line=_status_line,
)
"""An insulin pump."""
