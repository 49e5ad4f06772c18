"""Wirings: what would harm a part or carry no signal is refused, and both pictures show every wire and every warning."""

import xml.etree.ElementTree as ET
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from isletbench.emulator.rigs.wiring import Wiring
from isletbench.emulator.rigs.wiring_pictures import as_svg, as_text
from tests.rigs.pages import wirings

SVG = "{http://www.w3.org/2000/svg}"
GROUND = {"from": "client.GND", "to": "device.GND"}
SENDS = {"from": "client.TXD", "to": "device.RXD"}


def wiring(*wires: dict[str, Any], **changed: Any) -> Wiring:
    """Two adapters and these wires; ``changed`` goes into the client's part."""
    pins = {"TXD": "out", "RXD": "in", "GND": "ground", "VCC": "power"}
    client = {"title": "an adapter", "pins": pins, **changed}
    return Wiring.model_validate({"parts": {"client": client, "device": {"title": "a board", "pins": pins}}, "wires": wires})


SHIPPED = {name: wires for name, _, wires in wirings()}


@pytest.mark.parametrize(
    ("wires", "words"),
    [
        ([SENDS], "client and device have no common ground: expected a wire between their GND pins"),
        ([GROUND, {"from": "client.TXD", "to": "device.TXD"}], "client.TXD to device.TXD: out to out: expected out to in"),
        ([GROUND, {"from": "device.RXD", "to": "client.TXD"}], "device.RXD to client.TXD: in to out: expected out to in"),
        ([GROUND, {"from": "client.VCC", "to": "device.RXD"}], "client.VCC to device.RXD: power to in: expected out to in"),
        ([GROUND, {"from": "client.TX", "to": "device.RXD"}], "client.TX: expected one of client.TXD, client.RXD"),
        (
            [GROUND, {"from": "client.TXD", "to": "client.RXD"}],
            "client.TXD to client.RXD: expected neighbouring parts",
        ),
        ([GROUND, SENDS, SENDS], "device.RXD is driven by two outputs"),
    ],
)
def test_what_carries_no_signal_is_refused(wires: list[dict[str, Any]], words: str) -> None:
    with pytest.raises(ValidationError) as told:
        wiring(*wires)
    assert f"wires: {words}" in str(told.value)


def test_levels_that_would_harm_an_input_are_refused() -> None:
    with pytest.raises(ValidationError, match=r"client\.TXD gives 5 V, and device\.RXD tolerates 3\.3 V: expected a level"):
        wiring(GROUND, SENDS, volts=5)
    with pytest.raises(ValidationError, match=r"client\.TXD gives 12 V, and device\.RXD tolerates 3\.3 V: .* a MAX3232"):
        wiring(GROUND, SENDS, volts=12)


@pytest.mark.parametrize("volts", ["5", "1.8"])
def test_two_supplies_of_different_levels_are_not_joined(volts: str) -> None:
    with pytest.raises(ValidationError, match=rf"client\.VCC gives {volts} V, and device\.VCC takes 3\.3 V: expected the same"):
        wiring(GROUND, {"from": "client.VCC", "to": "device.VCC"}, volts=Decimal(volts))
    assert wiring(GROUND, {"from": "client.VCC", "to": "device.VCC"})


def test_an_input_that_bears_more_takes_more_and_one_that_may_hear_too_little_is_told() -> None:
    hears = {"from": "device.TXD", "to": "client.RXD"}
    weak = wiring(GROUND, hears, volts=5)
    (told,) = [warning for warning in weak.warnings() if warning.startswith("device.TXD gives 3.3 V")]
    assert told.endswith(": enough for client.RXD if that is a TTL input (2.0 V), not if it is a CMOS one (3.5 V).")
    assert wiring({**GROUND, "from": "device.GND", "to": "client.GND"}, hears, volts=Decimal("2.5"), bears=5)


def test_equal_levels_are_told_once_and_different_ones_not() -> None:
    same = wiring(GROUND, SENDS).warnings()
    assert same[0] == "All signals are of 3.3 V: set every adapter to this level before you connect it."
    assert not SHIPPED["five_volt_controller"].warnings()[0].startswith("All signals")


@pytest.mark.parametrize("name", SHIPPED)
def test_both_pictures_show_every_wire_and_every_warning(name: str) -> None:
    drawn = SHIPPED[name]
    text, svg = as_text(drawn), ET.fromstring(as_svg(drawn, f"{name} & <its> wires"))  # noqa: S314  # our own
    words = [element.text or "" for element in svg.iter(f"{SVG}text")]
    for wire in drawn.wires:
        for end in (wire.start, wire.end):
            assert end.partition(".")[2] in words
            assert end.partition(".")[2] in text
    assert len(list(svg.iter(f"{SVG}line"))) == len(drawn.wires)
    assert len(list(svg.iter(f"{SVG}polygon"))) == text.count("▶") + text.count("◀")
    for warning in drawn.warnings():
        assert f"! {warning}" in text
        assert warning in " ".join(words)
    title = svg.find(f"{SVG}title")
    assert title is not None
    assert title.text == f"{name} & <its> wires"


def test_arrows_point_to_the_input() -> None:
    rows = as_text(wiring(GROUND, SENDS, {"from": "device.TXD", "to": "client.RXD", "optional": True})).splitlines()
    assert [row.split() for row in rows[3:5]] == [
        ["│", "TXD", "├────────────────────▶┤", "RXD", "│"],
        ["│", "RXD", "├◀┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄─┤", "TXD", "│", "optional"],
    ]


def test_a_picture_has_room_for_all_that_is_in_it() -> None:
    """No text may leave the picture: a character of 13 px type is at most 10 px wide."""
    for name, drawn in SHIPPED.items():
        svg = ET.fromstring(as_svg(drawn, name))  # noqa: S314  # our own
        width, height = int(svg.attrib["width"]), int(svg.attrib["height"])
        for element in svg.iter(f"{SVG}text"):
            assert 0 < int(element.attrib["y"]) < height
            if element.attrib.get("text-anchor") is None:
                assert int(element.attrib["x"]) + 7 * len(element.text or "") < width, element.text
