"""What commands print: tables and lines for people."""

import pytest

from isletbench.emulator.interfaces.cli.output import console


def test_an_address_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    console().print("IB-Pump (E0:CD:41:28:B1:51)")  # :CD: is the name of a picture
    assert capsys.readouterr().out == "IB-Pump (E0:CD:41:28:B1:51)\n"
