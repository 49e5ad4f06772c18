"""Rows of the Glucose Service on its attributes."""

from isletbench.emulator.audit.companions import (
    ANSWERED,
    attribute_of,
    require_advertised,
    require_cccd,
    require_cccd_octets,
    require_cccds_kept,
    require_cccds_read_back,
    require_device_information,
    require_properties,
)
from isletbench.emulator.audit.gls.exam import CONTEXT, MEASUREMENT, RACP, GlsExam
from isletbench.emulator.audit.outcomes import NotApplicable, require, shown
from isletbench.emulator.audit.registry import examines
from isletbench.protocols import gls


@examines("GLS-1")
async def one_service(exam: GlsExam) -> None:
    """The service with what is mandatory in it, each once."""
    for characteristic in (MEASUREMENT, gls.FEATURE, RACP):
        attribute_of(exam, characteristic)


@examines("GLS-2")
async def measurement(exam: GlsExam) -> None:
    """Notified and nothing else."""
    require_properties(exam, MEASUREMENT)
    require_cccd(exam, MEASUREMENT)


@examines("GLS-3")
async def context(exam: GlsExam) -> None:
    """Notified and nothing else, where it is there."""
    if not exam.has_context:
        raise NotApplicable("the meter has no contexts")
    require_properties(exam, CONTEXT)
    require_cccd(exam, CONTEXT)


@examines("GLS-4")
async def feature(exam: GlsExam) -> None:
    """Two octets that can be read, the reserved bits 0."""
    require_properties(exam, gls.FEATURE)
    octets = exam.facts["feature"]
    require(len(octets) == 2, f"Glucose Feature: expected 2 octets, got {shown(octets)}")
    require(octets[1] & 0xF8 == 0, f"Glucose Feature {shown(octets)}: bits 11 to 15 are reserved")


@examines("GLS-5")
async def record_access(exam: GlsExam) -> None:
    """Written and indicated."""
    require_properties(exam, RACP)
    require_cccd(exam, RACP)


@examines("GLS-6")
async def cccds(exam: GlsExam) -> None:
    """Off at first, read back as written; over Bluetooth LE kept for a bonded client."""
    told = [one for one in exam.characteristics if one.properties & ANSWERED and exam.device.has(exam.key(one))]
    if exam.device.carrier.name == "serial":
        for characteristic in told:
            await require_cccd_octets(exam, characteristic, b"\x00\x00")
    await require_cccds_read_back(exam)
    if exam.device.carrier.name == "ble":
        await require_cccds_kept(exam)


@examines("GLS-7")
async def device_information(exam: GlsExam) -> None:
    """Manufacturer, model and system ID."""
    await require_device_information(exam.device)


@examines("GLS-8")
async def advertised(exam: GlsExam) -> None:
    """The service and a name in the advertisement."""
    await require_advertised(exam)
