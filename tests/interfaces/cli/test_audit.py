"""`isletbench audit`: what is wrong with a call is said in one sentence, and nothing is written then."""

from pathlib import Path

import pytest

from tests.harness.command_line import called


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("/nowhere",), "no device can be examined there: No such file or directory"),
        (("/nowhere", "--row", "CGMS-1000"), "there is no such row"),
        (("/nowhere", "--hci", "tcp:127.0.0.1:1"), "expected an address of Bluetooth LE"),
    ],
)
def test_a_wrong_call_ends_with_a_sentence_and_exit_code_2(words: tuple[str, ...], sentence: str) -> None:
    ended = called("audit", *words)
    assert ended.returncode == 2
    assert sentence in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_a_file_of_somebody_else_is_not_replaced(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("mine")
    ended = called("audit", "/nowhere", "--html", str(page))
    assert ended.returncode == 2
    assert "--force" in ended.stderr
    assert page.read_text() == "mine"
