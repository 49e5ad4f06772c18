"""The dissector finds the fields of a value where our own decoder finds them, in Debian's Wireshark."""

import random
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from xml.etree import ElementTree

import pytest

from isletbench.emulator.codegen.dissector import dissector
from isletbench.protocols import frames, ids
from isletbench.protocols.captures.pcapng import Direction, LinkType, PcapngFile
from isletbench.protocols.catalogue import OPERATIONS, TYPES
from isletbench.protocols.errors import WireError
from isletbench.protocols.frames import Frame, FrameType, encode_frame
from isletbench.protocols.located import located
from isletbench.protocols.packet import encode
from isletbench.protocols.racp import Dialect
from tests.harness.command_line import called
from tests.harness.tshark import needs_tshark, shown
from tests.protocols.test_vectors import VECTORS

HANDLES = {name: handle for handle, name in enumerate(TYPES, 1)}
BEFORE_VALUE = 5
"""Octets before the value in a READ_RSP: the header and the status."""


def table() -> Iterable[bytes]:
    """The frames by which a client learns what each handle is."""
    entries = [
        frames.TableEntry(0x1800, TYPES[name].uuid, TYPES[name].properties, handle, 0) for name, handle in HANDLES.items()
    ]
    for first in range(0, len(entries), 20):
        some = tuple(entries[first : first + 20])
        yield encode_frame(Frame(FrameType.TABLE_RSP, 0, 0, encode(frames.TableResponse(some))))


def captured(place: Path, packets: Iterable[bytes]) -> Path:
    """A capture of a serial line."""
    capture = place / "line.pcapng"
    with capture.open("wb") as file:
        writer = PcapngFile(file)
        line = writer.interface("cgm.serial", LinkType.FRAMES)
        for number, octets in enumerate(packets):
            writer.write(number * 1_000, line, Direction.OUTBOUND, octets)
    return capture


def read_responses(values: Sequence[tuple[str, bytes]]) -> list[bytes]:
    """A READ_RSP for each value of a type."""
    return [encode_frame(Frame(FrameType.READ_RSP, 1, HANDLES[name], b"\0" + value)) for name, value in values]


def dissected(place: Path, packets: Iterable[bytes]) -> list[list[tuple[str, int, int, str]]]:
    """Of every packet the fields that the dissector shows: name, first octet, number of octets, what is shown."""
    script = place / "isletbench.lua"
    script.write_text(dissector(), encoding="utf-8")
    said = shown(captured(place, packets), "-X", f"lua_script:{script}", "-T", "pdml")
    found = []
    for packet in ElementTree.fromstring(said):  # noqa: S314  # tshark's own output
        fields = [field for field in packet.iter("field") if field.get("name", "").startswith("isletbench.")]
        found.append(
            [(f.get("name", ""), int(f.get("pos", "")), int(f.get("size", "")), f.get("showname", "")) for f in fields]
        )
    return found


def any_values(chance: random.Random) -> Iterable[tuple[str, bytes]]:
    """Values of every type and every operation, made at random: those that are values."""
    for name in TYPES:
        for beginning in (b"", *(octets for _, octets in OPERATIONS[name])):
            for length in [*range(24)] * 3:
                value = beginning + chance.randbytes(length)
                with suppress(WireError):
                    located(TYPES[name], value)
                    if isinstance(TYPES[name].layout, Dialect):  # what it would refuse has no fields
                        TYPES[name].decode(value, protected=False)
                    yield name, value


@needs_tshark
def test_every_value_is_dissected_as_it_is_decoded(tmp_path: Path) -> None:
    published = [(vector["type"], bytes.fromhex(vector["octets"])) for vector in VECTORS]
    values = [*published, *any_values(random.Random(1))]
    before = list(table())
    found = dissected(tmp_path, [*before, *read_responses(values)])[len(before) :]
    assert len(found) == len(values)
    assert len(values) > 500
    for (name, octets), fields in zip(values, found, strict=True):
        wanted = [(f.name.rpartition(".")[2], f.begin, f.end - f.begin) for f in located(TYPES[name], octets).fields]
        got = [(field.rpartition(".")[2], at - BEFORE_VALUE, size) for field, at, size, _ in fields]
        assert sorted(got) == sorted(one for one in wanted if one[2]), (name, octets.hex())


@needs_tshark
def test_numbers_codes_and_bits_are_shown_in_words(tmp_path: Path) -> None:
    status = ids.STATUS.envelope.seal(bytes.fromhex("5596c80001"), protected=True, counter=9)
    bolus = ids.COMMAND_POINT.encode(ids.SetBolus(ids.BolusType.FAST, 2.35, 0.0, 0), protected=False)
    before = list(table())
    packets = [*before, *read_responses([("ids.Status", status), ("ids.CommandControlPoint", bolus)])]
    of_status, of_bolus = (
        {field: text for field, _, _, text in fields} for fields in dissected(tmp_path, packets)[len(before) :]
    )
    assert of_status["isletbench.ids.status.reservoir_remaining"] == "Reservoir remaining: 200 IU"
    assert of_status["isletbench.ids.status.therapy_control_state"].startswith("Therapy control state: RUN")
    assert of_status["isletbench.value.crc"].endswith("[correct]")
    assert of_bolus["isletbench.ids.set_bolus.fast_amount"] == "Fast amount: 2.35 IU"
    assert of_bolus["isletbench.ids.idd_command_control_point.op_code"] == "Op code: SetBolus (0x114b)"


@needs_tshark
def test_octets_that_are_no_value_are_marked_and_end_nothing(tmp_path: Path) -> None:
    chance = random.Random(7)
    values = [(name, chance.randbytes(chance.randrange(1, 24))) for name in TYPES for _ in range(20)]
    before = list(table())
    damaged = [chance.randbytes(chance.randrange(1, 40)) for _ in range(50)]
    found = dissected(tmp_path, [*before, *read_responses(values), *damaged])
    assert len(found) == len(before) + len(values) + len(damaged)
    said = {field for fields in found for field, *_ in fields}
    assert {"isletbench.malformed", "isletbench.value.beyond"} <= said


def test_the_file_is_the_same_each_time_and_names_its_maker(tmp_path: Path) -> None:
    assert dissector() == dissector()
    file = tmp_path / "isletbench.lua"
    assert called("dissector", "-o", str(file)).returncode == 0
    assert file.read_text(encoding="utf-8") == dissector()
    assert called("dissector", "-o", str(file)).returncode == 0, "a file of ours is replaced"
    file.write_text("-- mine\n", encoding="utf-8")
    refused = called("dissector", "-o", str(file))
    assert refused.returncode == 2
    assert file.read_text(encoding="utf-8") == "-- mine\n"


@pytest.mark.parametrize("name", ["ids.Status", "cgms.Measurement", "gls.Measurement"])
def test_every_type_has_a_table(name: str) -> None:
    assert f'["name"] = "{TYPES[name].name}"' in dissector()
