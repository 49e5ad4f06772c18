"""What people write in files and requests has one base, and one sentence for what is wrong with it."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def holders(word: str) -> set[str]:
    """The source files that hold ``word``."""
    files = (path for room in ("protocols", "emulator", "hil_rigs") for path in (ROOT / room).rglob("*.py"))
    return {path.relative_to(ROOT).as_posix() for path in files if word in path.read_text(encoding="utf-8")}


@pytest.mark.parametrize(
    ("word", "where"),
    [
        ("(BaseModel)", "emulator/core/models.py"),
        (".errors()", "emulator/core/problems.py"),
        ("Units: TypeAlias", "emulator/core/models.py"),
        ("\nDuration: TypeAlias", "emulator/core/models.py"),
    ],
)
def test_models_are_declared_and_their_problems_worded_in_one_place(word: str, where: str) -> None:
    assert holders(word) == {where}
