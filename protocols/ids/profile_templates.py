"""Profile templates of a pump: basal rate, insulin sensitivity factor (ISF), insulin to carbohydrate ratio, glucose target.

A template is written in several records, each a procedure of its own; the flags of a written record are one bit higher than
those of a read one, because its lowest bit ends the transaction. The four kinds share three layouts and differ in op codes
and in what a time block holds. Source: IDS 1.0.2, sections 3.7.2 and 3.8.
"""

from typing import ClassVar

from construct import Int8ul, Int16ul

from isletbench.protocols.fields import SFLOAT, Number
from isletbench.protocols.ids.command_points import COMMAND, COMMAND_DATA, TEMPLATE_NUMBER
from isletbench.protocols.packet import Flags, bit, flags, packet, struct_of, wire


@packet
class Block:
    """One time block of a basal rate, ISF or I:CHO ratio profile."""

    duration: int = wire(Int16ul, "min")
    value: Number = wire(SFLOAT, "IU/h, mg/dL per IU, or g per IU")


@packet
class RangeBlock:
    """One time block of a target glucose range profile."""

    duration: int = wire(Int16ul, "min")
    lower: Number = wire(SFLOAT, "mg/dL")
    upper: Number = wire(SFLOAT, "mg/dL")


@packet
class _TemplateRequest:
    """Which template."""

    template_number: int = wire(Int8ul, TEMPLATE_NUMBER)


@packet
class _BlockRecord:
    """Up to three time blocks of a template."""

    presence: ClassVar[Flags] = flags(Int8ul)
    template_number: int = wire(Int8ul, TEMPLATE_NUMBER)
    first_index: int = wire(Int8ul, "from 1")
    first: Block = wire(struct_of(Block), "block of the first index")
    second: Block | None = wire(struct_of(Block), "the block after it", flag=0, default=None)
    third: Block | None = wire(struct_of(Block), "the one after that", flag=1, default=None)


@packet
class _BlockWrite:
    """Up to three time blocks to write, and whether they complete the template."""

    presence: ClassVar[Flags] = flags(Int8ul)
    template_number: int = wire(Int8ul, TEMPLATE_NUMBER)
    first_index: int = wire(Int8ul, "from 1")
    first: Block = wire(struct_of(Block), "block of the first index")
    second: Block | None = wire(struct_of(Block), "the block after it", flag=1, default=None)
    third: Block | None = wire(struct_of(Block), "the one after that", flag=2, default=None)
    end_transaction: bool = bit(0, "this record is the last one", default=False)


@packet
class _WriteResponse:
    """Which record was written, and whether the template is stored."""

    presence: ClassVar[Flags] = flags(Int8ul)
    template_number: int = wire(Int8ul, TEMPLATE_NUMBER)
    first_index: int = wire(Int8ul, "of the record")
    transaction_completed: bool = bit(0, "the template is stored", default=False)


@COMMAND.operation(0x0FAA)
@packet
class ReadBasalRateProfileTemplate(_TemplateRequest):
    """Read a basal rate profile template; Command Data carries its records."""


@COMMAND_DATA.operation(0x0FC3)
@packet
class BasalRateProfileTemplateRecord(_BlockRecord):
    """Time blocks of a basal rate profile template, through Command Data."""


@COMMAND.operation(0x0FCC)
@packet
class WriteBasalRateProfileTemplate(_BlockWrite):
    """Write a record of a basal rate profile template."""


@COMMAND.operation(0x0FF0)
@packet
class WriteBasalRateProfileTemplateResponse(_WriteResponse):
    """A record of a basal rate profile template is written."""


@COMMAND.operation(0x12B8)
@packet
class ReadIsfProfileTemplate(_TemplateRequest):
    """Read an ISF profile template; Command Data carries its records."""


@COMMAND_DATA.operation(0x12D1)
@packet
class IsfProfileTemplateRecord(_BlockRecord):
    """Time blocks of an ISF profile template, through Command Data."""


@COMMAND.operation(0x12DE)
@packet
class WriteIsfProfileTemplate(_BlockWrite):
    """Write a record of an ISF profile template."""


@COMMAND.operation(0x12E2)
@packet
class WriteIsfProfileTemplateResponse(_WriteResponse):
    """A record of an ISF profile template is written."""


@COMMAND.operation(0x12ED)
@packet
class ReadI2ChoRatioProfileTemplate(_TemplateRequest):
    """Read an insulin to carbohydrate ratio profile template; Command Data carries its records."""


@COMMAND_DATA.operation(0x1414)
@packet
class I2ChoRatioProfileTemplateRecord(_BlockRecord):
    """Time blocks of an insulin to carbohydrate ratio profile template, through Command Data."""


@COMMAND.operation(0x141B)
@packet
class WriteI2ChoRatioProfileTemplate(_BlockWrite):
    """Write a record of an insulin to carbohydrate ratio profile template."""


@COMMAND.operation(0x1427)
@packet
class WriteI2ChoRatioProfileTemplateResponse(_WriteResponse):
    """A record of an insulin to carbohydrate ratio profile template is written."""


@COMMAND.operation(0x1428)
@packet
class ReadTargetGlucoseRangeProfileTemplate(_TemplateRequest):
    """Read a target glucose range profile template; Command Data carries its records."""


@COMMAND_DATA.operation(0x1441)
@packet
class TargetGlucoseRangeProfileTemplateRecord:
    """Time blocks of a target glucose range profile template, through Command Data."""

    presence: ClassVar[Flags] = flags(Int8ul)
    template_number: int = wire(Int8ul, TEMPLATE_NUMBER)
    first_index: int = wire(Int8ul, "from 1")
    first: RangeBlock = wire(struct_of(RangeBlock), "block of the first index")
    second: RangeBlock | None = wire(struct_of(RangeBlock), "the block after it", flag=0, default=None)


@COMMAND.operation(0x144E)
@packet
class WriteTargetGlucoseRangeProfileTemplate:
    """Write a record of a target glucose range profile template."""

    presence: ClassVar[Flags] = flags(Int8ul)
    template_number: int = wire(Int8ul, TEMPLATE_NUMBER)
    first_index: int = wire(Int8ul, "from 1")
    first: RangeBlock = wire(struct_of(RangeBlock), "block of the first index")
    second: RangeBlock | None = wire(struct_of(RangeBlock), "the block after it", flag=1, default=None)
    end_transaction: bool = bit(0, "this record is the last one", default=False)


@COMMAND.operation(0x1472)
@packet
class WriteTargetGlucoseRangeProfileTemplateResponse(_WriteResponse):
    """A record of a target glucose range profile template is written."""
