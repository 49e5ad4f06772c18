"""Rows of the Insulin Delivery Service on its attributes and on what surrounds it."""

from isletbench.emulator.audit.companions import (
    ANSWERED,
    BOND_MANAGEMENT,
    attribute_of,
    require_advertised,
    require_cccd,
    require_cccds_kept,
    require_cccds_read_back,
    require_device_information,
    require_properties,
)
from isletbench.emulator.audit.ids.exam import COMMAND, DATA, HISTORY, POINTS, RACP, READER, IdsExam
from isletbench.emulator.audit.outcomes import NotTestable, require, shown
from isletbench.emulator.audit.registry import examines
from isletbench.protocols import ids
from isletbench.protocols.att import AttCode, AttError, Property
from isletbench.protocols.ids import Feature

MANDATORY = (ids.STATUS_CHANGED, ids.STATUS, ids.ANNUNCIATION_STATUS, ids.FEATURES, READER)


@examines("IDS-1")
async def one_service(exam: IdsExam) -> None:
    """What is mandatory, each once."""
    for characteristic in MANDATORY:
        attribute_of(exam, characteristic)


@examines("IDS-2")
async def pairs(exam: IdsExam) -> None:
    """A control point and what it sends come together."""
    for point, data in ((COMMAND, DATA), (RACP, HISTORY)):
        require(exam.there(point) == exam.there(data), f"{point} and {data} come together: one of them is there alone")


@examines("IDS-3")
async def properties(exam: IdsExam) -> None:
    """What may be done with each characteristic."""
    for characteristic in exam.characteristics:
        if characteristic is ids.FEATURES:
            found = attribute_of(exam, characteristic).properties & ~Property.INDICATE
            require(found == Property.READ, f"IDD Features: expected the property Read, got {int(found):02X}")
        elif exam.there(characteristic):
            require_properties(exam, characteristic)


@examines("IDS-4")
async def cccds(exam: IdsExam) -> None:
    """CCCDs where they belong."""
    for characteristic in exam.characteristics:
        if exam.there(characteristic) and characteristic is not ids.FEATURES:
            require_cccd(exam, characteristic)


@examines("IDS-5")
async def features_indicated(exam: IdsExam) -> None:
    """Features is told by indications or not at all, has a CCCD just for these, and stays as it was where it has none."""
    attribute = attribute_of(exam, ids.FEATURES)
    indicated = bool(attribute.properties & Property.INDICATE)
    require(not attribute.properties & Property.NOTIFY, "IDD Features can be notified: it is indicated, or read alone")
    require(attribute.has_cccd == indicated, f"IDD Features: expected {'a' if indicated else 'no'} CCCD")
    if indicated:
        raise NotTestable("IDD Features can be indicated: whether it can change is not known from outside")
    before, now = exam.facts["feature"], await exam.read(ids.FEATURES)
    if exam.protected:
        before, now = exam.opened(ids.FEATURES, before), exam.opened(ids.FEATURES, now)
    require(now == before, f"IDD Features cannot be indicated, was {shown(before)} and is {shown(now)}")


@examines("IDS-7")
async def control_points_unread(exam: IdsExam) -> None:
    """A control point cannot be read."""
    for point in POINTS:
        if exam.there(point):
            try:
                await exam.read(point)
            except AttError as error:
                require(error.code == AttCode.READ_NOT_PERMITTED, f"a read of {point}: expected ATT error 0x02, got {error}")
            else:
                require(False, f"{point} can be read")


@examines("IDS-8")
async def cccds_read_back(exam: IdsExam) -> None:
    """A CCCD reads back; over Bluetooth LE it is kept for a bonded client."""
    require(all(exam.there(one) for one in exam.characteristics if one.properties & ANSWERED), "a characteristic is missing")
    await require_cccds_read_back(exam)
    if exam.device.carrier.name == "ble":
        await require_cccds_kept(exam)


@examines("IDS-9")
async def peripheral(exam: IdsExam) -> None:
    """It was connected to as a peripheral, and is a GATT server."""
    exam.require_ble()
    require(exam.device.attributes, "the server holds no service")


@examines("IDS-11", "IDS-12")
async def advertised(exam: IdsExam) -> None:
    """The service and a name in the advertisement of a device that can be connected to."""
    await require_advertised(exam)


@examines("IDS-14")
async def device_information(exam: IdsExam) -> None:
    """Manufacturer, model and system ID."""
    await require_device_information(exam.device)


@examines("IDS-15")
async def bond_management(exam: IdsExam) -> None:
    """Bond Management exactly with the feature of multiple bonds."""
    there = any(attribute.key.service == BOND_MANAGEMENT for attribute in exam.device.attributes)
    several = exam.has(Feature.MULTIPLE_BOND)
    require(
        there == several,
        f"the feature bit of multiple bonds is {several:d}, and Bond Management is {'' if there else 'not '}there",
    )
