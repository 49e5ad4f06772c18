"""A fault is declared once: the class is all that there is, and conditions are declared by the transport they belong to."""

from typing import ClassVar

import pytest

from isletbench.emulator.core.conditions import Changes
from isletbench.emulator.faults import FAULTS, FaultError, parse
from isletbench.emulator.faults.families.line import BadLine
from isletbench.emulator.faults.families.radio import WeakRadio
from isletbench.emulator.faults.fault import DECLARED, Fault, Whose
from isletbench.emulator.faults.messages import MessageFault
from isletbench.emulator.interfaces.control.api import RadioChange
from isletbench.emulator.transports.ble.radio import RadioConditions
from isletbench.emulator.transports.ports.line import LineConditions


def test_a_class_is_all_that_a_fault_needs() -> None:
    try:

        class EatReply(MessageFault):
            """The client receives half of the answer, and the other half when it asks again."""

            whose: ClassVar = Whose.DEVICE

        assert FAULTS["eat_reply"] is EatReply
        assert EatReply(device="pump").model_dump(exclude_none=True)["fault"] == "eat_reply"
    finally:
        DECLARED.pop("eat_reply", None)


def test_two_faults_cannot_have_one_name() -> None:
    with pytest.raises(TypeError, match="there is a fault lose_reply already"):

        class LoseReply(Fault):
            """The client receives nothing, once more."""


@pytest.mark.parametrize(
    ("changes", "conditions"),
    [(WeakRadio, RadioConditions), (RadioChange, RadioConditions), (BadLine, LineConditions)],
)
def test_what_changes_conditions_has_every_field_of_theirs_with_its_meaning(
    changes: type[Changes], conditions: type[RadioConditions | LineConditions]
) -> None:
    meanings = {name: field["description"] for name, field in conditions.model_json_schema()["properties"].items()}
    changed = changes.model_json_schema()["properties"]
    assert {name: changed[name]["description"] for name in meanings} == meanings
    assert all(changes.model_fields[name].default is None for name in meanings)


def test_what_changes_conditions_has_their_ranges() -> None:
    with pytest.raises(FaultError, match=r"loss: expected 0 to 1, got 1\.5"):
        parse({"fault": "weak_radio", "device": "cgm", "loss": 1.5})
    with pytest.raises(FaultError, match="baud: expected 50 to 10000000"):
        parse({"fault": "bad_line", "device": "cgm", "baud": 1})
    assert BadLine.model_json_schema()["properties"]["split"]["anyOf"][0]["maximum"] == 4_096
