"""The table of benchmarks: every row can be measured, ratios are right, and the page has the rows that there are.

How fast this machine is, is not asserted.
"""

import json

import pytest

from tests.benchmarks import measure
from tests.benchmarks.bare import agreed
from tests.benchmarks.figures import COLUMNS, Figure, Goal, Row, cells, of_pairs, quantile, timed, to_plain

CHEAP = {"decoding a packet", "encoding a packet", "READ over a pseudo-terminal, pyserial"}
ROW = Row("reading", "nothing", Goal(2.0, "x"), lambda tiny: Figure(1.5, 3.0, 2.0, "us"))


def test_the_ratio_is_the_median_of_the_ratios_of_the_rounds() -> None:
    figure = of_pairs([(4e-6, 2e-6), (9e-6, 3e-6), (1e-6, 4e-6)])
    assert figure == Figure(2.0, 4.0, 3.0, "us")


@pytest.mark.parametrize(
    ("values", "part", "expected"), [([3, 1, 2], 0.5, 2), (range(1, 101), 0.99, 99), (range(1, 101), 1.0, 100), ([5], 0.99, 5)]
)
def test_a_quantile_is_a_value_that_enough_values_do_not_exceed(values: list[float], part: float, expected: float) -> None:
    assert quantile(values, part) == expected


def test_work_is_done_as_often_as_it_is_timed() -> None:
    done: list[None] = []
    assert timed(lambda: done.append(None), 7) >= 0
    assert len(done) == 7


@pytest.mark.parametrize(("value", "met"), [(2.0, True), (2.01, False)])
def test_a_row_says_whether_its_goal_is_met(value: float, met: bool) -> None:
    figure = Figure(value, 3.0, 2.0, "us")
    assert to_plain(ROW, figure)["met"] is met
    assert cells(ROW, figure)[-1] == ("2 x" if met else "2 x, missed")


def test_the_page_has_the_rows_that_there_are() -> None:
    page = measure.PAGE.read_text(encoding="utf-8")
    table = page.split(measure.BEGIN)[1].split(measure.END)[0]
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line.startswith("|")]
    assert lines[0] == list(COLUMNS)
    assert [(line[0], line[1]) for line in lines[2:]] == [(row.what, row.beside) for row in measure.ROWS]
    assert [line[-1].removesuffix(", missed") for line in lines[2:]] == [str(row.goal) for row in measure.ROWS]


def test_a_page_is_written_between_its_marks_and_nowhere_else() -> None:
    page = f"before\n{measure.BEGIN}old\n{measure.END}after\n"
    new = measure.written(page, [(ROW, ROW.measure(True))])
    assert new.startswith(f"before\n{measure.BEGIN}| what |")
    assert new.endswith(f"{measure.END}after\n")
    assert "| reading | nothing | 3 us | 2 us | 1.5 x | 2 x |" in new
    assert "old" not in new


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--fast"], "--fast: expected --json"),
        (["--write", "READ"], "expected all rows"),
        (["--write", "--tiny"], "expected all rows"),
    ],
)
def test_a_wrong_call_is_refused(arguments: list[str], problem: str) -> None:
    with pytest.raises(SystemExit, match=problem):
        measure.main(arguments)


def test_the_bare_server_agrees_to_what_a_client_asks_of_the_line() -> None:
    # RFC 854: IAC DO is answered with IAC WILL; RFC 2217: a command's answer has its number plus 100
    asked = bytes.fromhex("ff fd 2c ff fb 00 ff fa 2c 01 00 01 c2 00 ff f0")
    assert agreed(asked).hex(" ") == "ff fb 2c ff fd 00 ff fa 2c 65 00 01 c2 00 ff f0"


@pytest.mark.parametrize(
    "row", [pytest.param(row, id=row.what, marks=() if row.what in CHEAP else pytest.mark.slow) for row in measure.ROWS]
)
def test_a_row_can_be_measured(row: Row) -> None:
    figure = row.measure(True)
    assert figure.value > 0
    assert figure.ours > 0
    assert figure.bare > 0


def test_rows_are_printed_as_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(measure, "ROWS", (ROW,))
    measure.main(["--json"])
    printed = json.loads(capsys.readouterr().out)
    assert printed["rows"] == [to_plain(ROW, Figure(1.5, 3.0, 2.0, "us"))]
    assert "Python" in printed["machine"]
