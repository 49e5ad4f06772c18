"""What commands print: tables and lines for people."""

import pytest

from isletbench.emulator.interfaces.cli.output import console, print_table


def test_an_address_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    console().print("IB-Pump (E0:CD:41:28:B1:51)")  # :CD: is the name of a picture
    assert capsys.readouterr().out == "IB-Pump (E0:CD:41:28:B1:51)\n"


def test_brackets_of_a_user_are_printed_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    console().print("A [red]title[/b]")
    print_table(("title", "lasts"), [("A [red]title[/b]", "3h")])
    assert capsys.readouterr().out.count("A [red]title[/b]") == 2


@pytest.mark.parametrize("columns", ["0", "1", "20", "40"])
def test_nothing_is_cut_off_in_a_terminal_without_the_room(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    print_table(("scenario", "title", "lasts"), [("LNK-03", "The cannula is blocked", "3h")])
    said = capsys.readouterr().out
    assert all(word in said for word in ("scenario", "title", "lasts", "LNK-03", "The", "cannula", "blocked", "3h")), said
    assert "…" not in said


def test_a_first_column_that_would_take_all_the_room_leaves_the_others_theirs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    print_table(("fault", "passed", "outcomes"), [("alter_reply on pump count=1 " * 3, "5.9 %", "16 failed, 1 passed")])
    said = capsys.readouterr().out
    assert max(map(len, said.splitlines())) <= 80
    assert all(word in said for word in ("fault", "passed", "outcomes", "5.9 %", "16 failed, 1"))


def test_a_terminal_without_a_width_is_printed_to(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "0")
    console(wraps=True).print("words")
    assert capsys.readouterr().out == "words\n"
