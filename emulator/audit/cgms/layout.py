"""Rows of the CGM Service on its attributes and on what surrounds it."""

from isletbench.emulator.audit.cgms.exam import CgmsExam
from isletbench.emulator.audit.companions import (
    ANSWERED,
    BOND_MANAGEMENT,
    attribute_of,
    require_advertised,
    require_cccd,
    require_cccd_octets,
    require_cccds_read_back,
    require_device_information,
    require_properties,
)
from isletbench.emulator.audit.outcomes import require
from isletbench.emulator.audit.registry import examines
from isletbench.protocols import cgms
from isletbench.protocols.cgms import Feature


@examines("CGMS-1")
async def one_service(exam: CgmsExam) -> None:
    """The service with all its characteristics, each once."""
    for characteristic in exam.characteristics:
        attribute_of(exam, characteristic)


@examines("CGMS-2")
async def properties(exam: CgmsExam) -> None:
    """What may be done with each characteristic."""
    for characteristic in exam.characteristics:
        require_properties(exam, characteristic)


@examines("CGMS-3")
async def cccds(exam: CgmsExam) -> None:
    """CCCDs where they belong, off before anybody has subscribed."""
    for characteristic in exam.characteristics:
        require_cccd(exam, characteristic)
        if characteristic.properties & ANSWERED and exam.device.carrier.name == "serial":
            await require_cccd_octets(exam, characteristic, b"\x00\x00")


@examines("CGMS-4")
async def cccds_read_back(exam: CgmsExam) -> None:
    """What was written to a CCCD is read."""
    await require_cccds_read_back(exam)


@examines("CGMS-12")
async def bond_management(exam: CgmsExam) -> None:
    """Bond Management exactly with the feature of multiple bonds."""
    there = any(attribute.key.service == BOND_MANAGEMENT for attribute in exam.device.attributes)
    several = exam.has(Feature.MULTIPLE_BOND)
    require(
        there == several,
        f"the feature bit of multiple bonds is {several:d}, and there is {'a' if there else 'no'} Bond Management Service",
    )


@examines("CGMS-13", turn=4)
async def feature_stays(exam: CgmsExam) -> None:
    """CGM Feature reads the same, over connections and through a stopped session where that may be tried."""
    from_before = exam.facts["feature"]
    require(await exam.read(cgms.FEATURE) == from_before, "CGM Feature differs between two connections")
    if exam.permissions.lasting:
        await exam.subscribe(cgms.SPECIFIC_OPS_POINT)
        await exam.operate(b"\x1b")
        stopped = await exam.read(cgms.FEATURE)
        await exam.operate(b"\x1a")
        exam.facts.pop("notifications", None)
        require(stopped == from_before, "CGM Feature differs while the session is stopped")


@examines("CGMS-88")
async def device_information(exam: CgmsExam) -> None:
    """Manufacturer, model and system ID."""
    await require_device_information(exam.device)


@examines("CGMS-89")
async def advertised(exam: CgmsExam) -> None:
    """The service and a name in the advertisement."""
    await require_advertised(exam)


@examines("CGMS-92")
async def reconnected_with_interval_0(exam: CgmsExam) -> None:
    """The sensor can be connected to while it notifies nothing."""
    await exam.subscribe(cgms.SPECIFIC_OPS_POINT)
    await exam.set_interval(0)
    await exam.begin()
    require(await exam.read(cgms.FEATURE), "CGM Feature is empty")
