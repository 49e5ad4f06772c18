"""The XML that a receiver tells of itself: one element with attributes, as clients read it by regular expression."""

from collections.abc import Mapping
from xml.sax.saxutils import quoteattr

from isletbench.emulator.endpoints.dexcom_receiver.layouts import Layout
from isletbench.emulator.endpoints.dexcom_receiver.settings import GENERATIONS, ReceiverSettings
from isletbench.protocols.dexcom.pages import BODY_SIZE
from isletbench.protocols.dexcom.records import Partition

LONGEST = BODY_SIZE - 10
"""The longest text of a record, octets: a page without two times and a CRC."""


def element(name: str, content: str | None = None, **attributes: object) -> str:
    """An element with attributes, empty unless it has content."""
    words = "".join(f" {key}={quoteattr(str(value))}" for key, value in attributes.items())
    return f"<{name}{words}/>" if content is None else f"<{name}{words}>{content}</{name}>"


def firmware_header(settings: ReceiverSettings) -> str:
    """The answer to READ_FIRMWARE_HEADER: what clients decide by."""
    product, name = settings.product
    return element(
        "FirmwareHeader",
        SchemaVersion=1,
        ApiVersion="2.2.0.0",
        TestApiVersion="2.4.0.0",
        ProductId=product,
        ProductName=name,
        SoftwareNumber=GENERATIONS[settings.generation].software,
        FirmwareVersion="4.0.1.048",
        PortVersion="4.6.4.45",
        RFVersion="1.0.0.27",
        DexBootVersion=3,
    )


def manufacturing(settings: ReceiverSettings) -> str:
    """The record of MANUFACTURING_DATA."""
    return element(
        "ManufacturingParameters",
        SerialNumber=settings.serial_number,
        HardwarePartNumber="MD10601",
        HardwareRevision="14",
        DateTimeCreated="2013-10-18 10:47:47.655 -07:00",
        HardwareId="{0F9B5B5C-6B4C-4B9F-9C0B-2C8E4B1A6D10}",
    )


def firmware_settings() -> str:
    """The answer to READ_FIRMWARE_SETTINGS, and the record of FIRMWARE_PARAMETER_DATA."""
    return element("FirmwareSettings", FirmwareImageId="{3D5A6B0E-9E4B-4C77-8B0B-6E4C5D0F7A21}")


def partition_info(layouts: Mapping[Partition, Layout]) -> str:
    """The answer to READ_DATABASE_PARTITION_INFO."""
    partitions = "".join(
        element(
            "Partition",
            Name="".join(word.capitalize() for word in partition.name.split("_")),
            Id=int(partition),
            RecordRevision=layout.revision,
            RecordLength=layout.size,
        )
        for partition, layout in layouts.items()
    )
    return element("PartitionInfo", partitions, SchemaVersion=1, PageHeaderVersion=1, PageDataLength=500)
