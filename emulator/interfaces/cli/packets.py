"""`types`, `decode`, `encode`: octets and values, without a bench."""

from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import typer

from isletbench.emulator.interfaces.cli.errors import CallError
from isletbench.emulator.interfaces.cli.output import AsJson, print_json, print_table

if TYPE_CHECKING:
    from isletbench.protocols.characteristic import Characteristic
    from isletbench.protocols.e2e import Protected

CrcName: TypeAlias = Literal["specified", "ccitt_false"]
CRC_HELP = "With --e2e: the CRC, as choices.crc of a sensor's profile says it."
E2E_HELP = "The value carries E2E-protection: CRC, and counter where the characteristic has one."


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(types)
    app.command()(decode)
    app.command()(encode)


def types(
    name: Annotated[str | None, typer.Argument(metavar="[TYPE]", help="Show this type's fields.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the packet types, or the fields of one with their units."""
    from isletbench.protocols.catalogue import TYPES
    from isletbench.protocols.plain import to_plain

    if name is not None:
        _print_fields(name, as_json)
    elif as_json:
        print_json([{"type": key, "uuid": f"{c.uuid:04X}", "name": c.name} for key, c in TYPES.items()])
    else:
        rows = [(key, f"{c.uuid:04X}", ", ".join(to_plain(c.properties)).lower()) for key, c in TYPES.items()]
        print_table(("type", "UUID", "properties"), rows)


def _print_fields(name: str, as_json: bool) -> None:
    rows = rows_of(_type(name))
    if as_json:
        print_json([dict(zip(("operation", "field", "unit", "presence"), row, strict=True)) for row in rows])
    else:
        print_table(("operation", "field", "unit or meaning", "presence bit"), rows)


def rows_of(characteristic: "Characteristic") -> list[tuple[str, str, str, str]]:
    """(operation, field, unit or meaning, presence bit) for everything a value of this type may hold."""
    from isletbench.protocols import ids, racp
    from isletbench.protocols.packet import ControlPoint, fields_of

    match characteristic.layout:
        case ControlPoint() as point:
            packets = [(f"{code:04X} {cls.__name__}", cls) for code, cls in point.operations.items()]
        case racp.Dialect() as dialect:
            return [
                (f"{code:02X} {operation.value}", "operator, operand", "", "") for operation, code in dialect.opcodes.items()
            ]
        case packet:
            events = [(f"{code:04X} {cls.__name__}", cls) for code, cls in ids.EVENTS.operations.items()]
            packets = [("", packet)] if isinstance(packet, type) else events
    return [
        (title if index == 0 else "", info.name if info else "-", info.wire.unit if info else "", _presence(info))
        for title, cls in packets
        for index, info in enumerate(fields_of(cls) or [None])
    ]


def _presence(info: Any) -> str:
    if info is None or info.wire.flag is None:
        return ""
    return ", ".join(map(str, info.wire.flag)) if isinstance(info.wire.flag, tuple) else str(info.wire.flag)


def decode(
    name: Annotated[str, typer.Argument(metavar="TYPE", help="A type that `isletbench types` lists.")],
    octets: Annotated[list[str], typer.Argument(metavar="HEX", help="Octets in hexadecimal, spaces allowed.")],
    protected: Annotated[bool, typer.Option("--e2e/--no-e2e", help=E2E_HELP)] = False,
    crc: Annotated[CrcName, typer.Option(help=CRC_HELP)] = "specified",
    strict: Annotated[bool, typer.Option("--strict", help="Refuse codes that are not defined.")] = False,
    as_json: AsJson = False,
) -> None:
    """Decode octets to values."""
    characteristic = _type(name)
    values = _values(characteristic, _hex(" ".join(octets)))
    records = [_decoded(characteristic, value, _protected(crc, protected), strict) for value in values]
    if as_json:
        print_json(records[0] if len(records) == 1 else records)
        return
    for record in records:
        width = max(map(len, record), default=0)
        for field, content in record.items():
            print(f"{field:<{width}}  {_shown(content)}")
        if record is not records[-1]:
            print()


def _hex(text: str) -> bytes:
    cleaned = "".join(text.split()).removeprefix("0x")
    try:
        return bytes.fromhex(cleaned)
    except ValueError:
        raise CallError(f"HEX {text!r}: expected pairs of hexadecimal digits such as '06 00 78 00 05 00'") from None


def _values(characteristic: "Characteristic", octets: bytes) -> list[bytes]:
    """One value, or the records that a CGM Measurement notification concatenates."""
    from isletbench.protocols.e2e import CGM_RECORD, split_records

    if characteristic.envelope is CGM_RECORD:
        return split_records(octets) or [octets]
    return [octets]


def _protected(crc: str, protected: bool) -> "Protected":
    from isletbench.protocols.e2e import Crc

    return Crc(crc) if protected else False


def _decoded(characteristic: "Characteristic", value: bytes, protected: "Protected", strict: bool) -> dict[str, Any]:
    payload, counter = characteristic.envelope.open(value, protected=protected)
    plain = dict(characteristic.to_plain(characteristic.decode_payload(payload, undefined=not strict)))
    return plain if counter is None else {**plain, "e2e_counter": counter}


def _shown(content: Any) -> str:
    match content:
        case None:
            return "-"
        case list():
            return ", ".join(map(_shown, content)) or "none"
        case dict():
            return ", ".join(f"{key} {_shown(item)}" for key, item in content.items())
        case _:
            return str(content)


def encode(
    name: Annotated[str, typer.Argument(metavar="TYPE", help="A type that `isletbench types` lists.")],
    content: Annotated[str, typer.Argument(metavar="JSON", help="The value, as `isletbench decode --json` prints it.")],
    protected: Annotated[bool, typer.Option("--e2e/--no-e2e", help=E2E_HELP)] = False,
    crc: Annotated[CrcName, typer.Option(help=CRC_HELP)] = "specified",
    counter: Annotated[int, typer.Option(help="The E2E-counter.", min=1, max=255)] = 1,
) -> None:
    """Encode values to octets."""
    from isletbench.emulator.core.parsed import json_of
    from isletbench.emulator.core.problems import not_parsed

    characteristic = _type(name)
    try:
        plain = json_of(content)
    except (ValueError, RecursionError) as error:
        raise CallError(f"JSON: {not_parsed('JSON', error)}") from None
    value = characteristic.from_plain(plain)
    print(characteristic.encode(value, protected=_protected(crc, protected), counter=counter).hex(" "))


def _type(name: str) -> "Characteristic":
    from isletbench.protocols.catalogue import TYPES

    for known, characteristic in TYPES.items():
        if known.lower() == name.lower():
            return characteristic
    raise CallError(f"type {name!r} is not known; `isletbench types` lists them: {', '.join(TYPES)}")
