"""The table of docs/reliability.md is that of the tests."""

from tests.harness.reliability import PAGE, page


def test_the_table_is_what_the_tests_have_and_have_written_down() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m tests.harness.reliability writes it"
