"""Every packet in C says what it says in Python: of any octets, and of the golden values field by field."""

import json
import random
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from isletbench.emulator.codegen.fields import c_name, module_of, snake
from isletbench.emulator.codegen.headers import ENVELOPES, MODULES
from isletbench.protocols import ids, racp, shapes
from isletbench.protocols.catalogue import TYPES
from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.errors import WireError
from isletbench.protocols.packet import ControlPoint, FieldInfo, Flags, decode, encode, fields_of, parts_of
from tests.firmware.compiled import PACKETS, Outcome, compile_c, fields, needs_compiler, outcome_of, roundtrip

pytestmark = needs_compiler
VECTORS = [
    vector
    for name in ("cgms.toml", "ids.toml")
    for vector in tomllib.loads((Path(__file__).parents[1] / "vectors" / name).read_text(encoding="utf-8"))["vector"]
]
A_PACKET_S_SHARE = 40


def likely(part: FieldInfo | Flags, chance: random.Random) -> bytes:
    """Octets that a part of a packet may well have: of codes mostly known ones, since few octets are any."""
    layout = part.layout if isinstance(part, Flags) else part.wire.layout
    match shapes.shape_of(layout):
        case shapes.Code(octets=octets, enum=enum) if chance.random() < 0.95:
            return int(chance.choice(list(enum))).to_bytes(octets, "little")
        case shapes.CodePair(optional=True) if chance.random() < 0.1:
            return b"\0"
        case shapes.CodePair(low=low, high=high) if chance.random() < 0.95:
            return bytes([chance.choice(list(low)) | chance.choice(list(high)) << 4])
        case shapes.Zone(within=(west, east)) if chance.random() < 0.95:
            return chance.randint(west, east).to_bytes(1, "little", signed=True)
        case shapes.Nested(cls=cls):
            return some_octets(cls, chance)
        case shapes.Counted(count=count, element=element):
            number = chance.randint(0, 9)
            return number.to_bytes(count.octets, "little") + chance.randbytes(number * element.octets)
        case shapes.Repeated(cls=cls):
            return b"".join(some_octets(cls, chance) for _ in range(chance.randint(0, 4)))
        case shapes.Rest(text=text):
            return chance.randbytes(chance.randint(0, 8)) if not text else "Größe"[: chance.randint(0, 5)].encode()
        case shapes.Integer() if isinstance(part, FieldInfo) and part.wire.within and chance.random() < 0.9:
            return chance.randint(0, 12).to_bytes(_width(layout), "little")
        case _:
            return chance.randbytes(_width(layout))


def _width(layout: Any) -> int:
    return int(layout.sizeof())


def some_octets(cls: type[Any], chance: random.Random) -> bytes:
    """Octets of about the layout of a packet, with one presence or another."""
    octets, present = b"", chance.getrandbits(8)
    for part in parts_of(cls):
        if isinstance(part, Flags):
            octets += present.to_bytes(_width(part.layout), "little")
        elif isinstance(part.wire.flag, tuple):
            octets += chance.randbytes(sum(present >> flag & 1 for flag in part.wire.flag))
        elif part.wire.layout is not None and (part.wire.flag is None or present >> part.wire.flag & 1):
            octets += likely(part, chance)
    return octets


@pytest.mark.parametrize("cls", PACKETS, ids=c_name)
def test_c_reads_refuses_and_writes_what_python_does(cls: type[Any]) -> None:
    chance = random.Random(c_name(cls))
    taken = 0
    for _ in range(A_PACKET_S_SHARE):
        octets = some_octets(cls, chance)
        match chance.randrange(8):
            case 0:
                octets = octets[: chance.randint(0, len(octets))]
            case 1:
                octets += chance.randbytes(chance.randint(1, 3))
        outcome, again = roundtrip(cls, octets)
        expected, value = meaning(cls, octets)
        assert outcome is expected, octets.hex(" ")
        if value is not None:
            taken += 1
            assert decode(cls, again) == value
            assert roundtrip(cls, encode(value)) == (Outcome.OK, encode(value))
    assert taken > A_PACKET_S_SHARE // 8


def meaning(cls: type[Any], octets: bytes) -> tuple[Outcome, Any]:
    """What C has to say of a packet's octets, and the value if Python takes them."""
    try:
        return Outcome.OK, decode(cls, octets)
    except WireError as error:
        return outcome_of(error), None


# The golden values


def golden_c() -> str:
    """A program that takes every golden value apart and puts it together again, and says which it could not."""
    lines = [f'#include "packets/{name}.h"' for name in MODULES]
    lines += [
        '#include "isletbench/e2e.h"',
        '#include "isletbench/racp.h"',
        "#include <stdio.h>",
        "#include <string.h>",
        HELPERS,
    ]
    for number, vector in enumerate(VECTORS):
        lines += _golden(number, vector)
    lines += ["int main(void)", "{"]
    lines += [f"    vector_{number}();" for number in range(len(VECTORS))]
    return "\n".join([*lines, '    printf("%d checks\\n", checks);', "    return failures;", "}", ""])


HELPERS = r"""
static int checks, failures;
static const char *vector;

static void check(const char *what, bool holds)
{
    checks++;
    if (!holds) {
        failures = 1;
        printf("%s: %s\n", vector, what);
    }
}

static bool is_same(struct ib_octets found, const char *expected, size_t count)
{
    return found.count == count && memcmp(found.at, expected, count) == 0;
}
"""


def _golden(number: int, vector: dict[str, Any]) -> list[str]:
    characteristic = TYPES[vector["type"]]
    value = bytes.fromhex(vector["octets"])
    protected = "IB_CRC_SPECIFIED" if vector["e2e"] else "IB_CRC_NONE"
    envelope = ENVELOPES[id(characteristic.envelope)]
    counted = vector["e2e"] and characteristic.envelope.counted
    body = [
        f"    static const uint8_t octets[] = {{{', '.join(map(str, value))}}};",
        "    const struct ib_octets value = {octets, sizeof octets};",
        "    struct ib_octets payload;",
        "    uint8_t counter, again[600], sealed[600];",
        "    struct ib_writer to = ib_writer_of(again, sizeof again), whole = ib_writer_of(sealed, sizeof sealed);",
        f"    vector = {json.dumps(vector['name'])};",
        f'    check("envelope", ib_e2e_open({envelope}, {protected}, value, &payload, &counter) == IB_E2E_OK);',
        f'    check("counter", counter == {vector.get("counter", 0) if counted else 0});',
        "    struct ib_reader from = ib_reader_of(payload.at, payload.count);",
        *_taken_apart(characteristic, value, vector),
        '    check("written again", is_same((struct ib_octets){again, to.count}, (const char *)payload.at, payload.count));',
        f"    ib_e2e_seal(&whole, {envelope}, {protected}, counter, (struct ib_octets){{again, to.count}});",
        '    check("sealed again", is_same((struct ib_octets){sealed, whole.count}, (const char *)octets, sizeof octets));',
    ]
    return [f"static void vector_{number}(void)", "{", *body, "}", ""]


def _taken_apart(characteristic: Characteristic, octets: bytes, vector: dict[str, Any]) -> list[str]:
    value = characteristic.from_plain(json.loads(vector["value"]))
    match characteristic.layout:
        case ControlPoint() as point:
            return [*_head(point.opcode_of(value), point.opcode.sizeof()), *_packet(value)]
        case racp.Dialect() as dialect:
            return _access(dialect, value)
        case _ if isinstance(value, ids.HistoryRecord):
            numbers = [(value.sequence_number, 4), (value.relative_offset, 2)]
            head = _head(ids.EVENTS.opcode_of(value.event), 2)
            return [*head, *(line for number, size in numbers for line in _head(number, size)), *_packet(value.event)]
        case _:
            return _packet(value)


def _head(number: int, size: int) -> list[str]:
    return [f'    check("head", ib_read_uint(&from, {size}) == {number}u);', f"    ib_write_uint(&to, {number}u, {size});"]


def _packet(value: Any) -> list[str]:
    """Reads the packet, compares every field, and writes it."""
    end = '    check("end", ib_reader_end(&from));'
    if not fields_of(type(value)):
        return [end]
    name = c_name(type(value))
    lines = [f"    struct {name} found;", f"    {name}_read(&from, &found);", end]
    for place, expected in fields(value, "found"):
        holds = f"(int64_t){place} == {expected}"
        if expected.startswith("octets:"):
            text = expected.removeprefix("octets:")
            holds = f'is_same({place}, "{text}", {text.count("x")})'
        lines += [f'    check("{place}", {holds});']
    return [*lines, f"    {name}_write(&to, &found);"]


def _access(dialect: racp.Dialect, value: Any) -> list[str]:
    name = f"ib_racp_{'generic' if dialect is racp.GENERIC else 'ids'}"
    match value:
        case racp.CountResponse(count=count):
            return [f"    ib_racp_write_count(&to, &{name}, {count});", "    (void)from;"]
        case racp.Response(request=request, outcome=outcome):
            written = f"ib_racp_write_response(&to, &{name}, {request}, IB_RACP_{outcome.name})"
            return [f"    {written};", "    (void)from;"]
        case racp.Request(operation=operation, selection=selection):
            low, high = selection.low or 0, "UINT32_MAX" if selection.high is None else f"{selection.high}u"
            return [
                "    struct ib_racp_request asked;",
                f'    check("request", ib_racp_read(&{name}, payload, &asked) == IB_RACP_SUCCESS);',
                f'    check("operation", asked.operation == IB_RACP_{operation.name});',
                f'    check("operator", asked.which == IB_RACP_{selection.operator.name});',
                f'    check("range", asked.low == {low}u && asked.high == {high});',
                "    ib_write_octets(&to, ib_read_octets(&from, from.left));",
            ]
        case _:
            raise AssertionError(value)


def test_every_golden_value_is_taken_apart_and_put_together_by_c(tmp_path: Path) -> None:
    program = compile_c(golden_c(), tmp_path, "-O0")
    ran = subprocess.run([program], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert int(ran.stdout.split()[0]) > 8 * len(VECTORS)


def test_c_names_are_those_of_the_declarations() -> None:
    assert snake("BolusDelivered1Of2") == "bolus_delivered_1_of_2"
    assert snake("I2ChoRatioProfileTemplateRecord") == "i2_cho_ratio_profile_template_record"
    assert snake("SetTbrAdjustment") == "set_tbr_adjustment"
    assert module_of(ids.SetBolus) == "ids"
    assert len({c_name(cls) for cls in PACKETS}) == len(PACKETS)
