"""A client's conversation with a CGM, without a wire."""

from dataclasses import replace
from datetime import datetime

from isletbench.emulator.cgm.profile import PROFILES, SensorProfile
from isletbench.emulator.cgm.sensor import Sensor
from isletbench.emulator.core.glucose import Source
from isletbench.emulator.core.quantities import minutes
from isletbench.emulator.endpoints.cgms.service import cgm_endpoint
from isletbench.protocols import cgms
from isletbench.protocols.cgms import Feature
from isletbench.protocols.e2e import split_records
from isletbench.protocols.racp import GENERIC, Operation, Operator, Request, Response, Selection
from tests.harness.client import Talk

EPOCH = datetime(2026, 1, 1, 8)  # noqa: DTZ001  # a device's calendar has no zone
RACP, SOCP, MEASUREMENT, STATUS = cgms.RECORD_ACCESS, cgms.SPECIFIC_OPS_POINT, cgms.MEASUREMENT, cgms.STATUS
EVERYTHING = PROFILES["generic"]


def without(*features: Feature, profile: SensorProfile = EVERYTHING) -> SensorProfile:
    """The profile without these features."""
    left = profile.features
    for feature in features:
        left &= ~feature
    return replace(profile, features=left, calibration=profile.calibration if Feature.CALIBRATION in left else None)


BARE = without(Feature.E2E_CRC)
"""Everything but E2E-protection."""


def rising(now: int) -> float:
    """100 mg/dL and 1 mg/dL/min more."""
    return 100 + now / minutes(1)


def talk(source: Source = rising, profile: SensorProfile = EVERYTHING, *, mtu: int = 247, seed: int = 1) -> Talk:
    """A client that has subscribed to everything, at instant 0."""
    sensor = Sensor(profile, source, epoch=EPOCH, seed=seed)
    made = Talk(cgm_endpoint("cgm", sensor, "IB-CGM"), cgms.SERVICE, protected=profile.protected, mtu=mtu)
    made.subscribe(MEASUREMENT, RACP, SOCP)
    return made


def sensor_of(made: Talk) -> Sensor:
    """The sensor behind the service."""
    assert isinstance(made.device.machine, Sensor)
    return made.device.machine


def measurements(made: Talk) -> list[cgms.Measurement]:
    """What was told since this was asked last."""
    return [
        MEASUREMENT.decode(record, protected=made.protected)
        for value in made.heard(MEASUREMENT)
        for record in split_records(value)
    ]


def fetch(
    made: Talk, operator: Operator = Operator.ALL, low: int | None = None, high: int | None = None
) -> tuple[list[int], Response]:
    """The time offsets of the stored records that are meant, and the answer after them."""
    made.heard(MEASUREMENT)
    made.write_octets(RACP, GENERIC.encode(Request(Operation.REPORT, Selection(operator, 1, low, high))))
    made.pass_to(made.now + 10_000)
    (answer,) = made.heard(RACP)
    told = GENERIC.decode_answer(answer)
    assert isinstance(told, Response)
    return [m.time_offset for m in measurements(made)], told
