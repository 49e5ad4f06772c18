"""What commands print: tables and lines for people."""

import pytest

from isletbench.emulator.interfaces.cli.output import console, print_table


def test_an_address_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    console().print("IB-Pump (E0:CD:41:28:B1:51)")  # :CD: is the name of a picture
    assert capsys.readouterr().out == "IB-Pump (E0:CD:41:28:B1:51)\n"


def test_a_first_column_that_would_take_all_the_room_leaves_the_others_theirs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    print_table(("fault", "passed", "outcomes"), [("alter_reply on pump count=1 " * 3, "5.9 %", "16 failed, 1 passed")])
    said = capsys.readouterr().out
    assert max(map(len, said.splitlines())) <= 80
    assert all(word in said for word in ("fault", "passed", "outcomes", "5.9 %", "16 failed, 1"))
