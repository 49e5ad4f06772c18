"""The newcomer's path of ``docs/tutorial.md``, word for word: from an empty environment with the wheel to both verdicts."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.harness.architecture import ROOT
from tests.packaging.conftest import Environment, distributions, installed

__all__ = ["distributions", "installed"]

PAGE = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
FILES = {name[1]: text for _, text in BLOCKS if (name := re.match(r"# ([\w.-]+\.\w+)\n", text))}
(MENDED,) = (text for language, text in BLOCKS if language == "diff")
CALLS = [line for language, text in BLOCKS if language == "sh" for line in text.splitlines()]


def mended(text: str) -> str:
    """The file with the change of the page."""
    before = "".join(line[1:] + "\n" for line in MENDED.splitlines() if line.startswith("-"))
    after = "".join(line[1:] + "\n" for line in MENDED.splitlines() if line.startswith("+"))
    assert text.count(before) == 1
    return text.replace(before, after)


def test_the_page_has_a_scenario_a_client_and_a_change_of_it() -> None:
    assert set(FILES) == {"FIRST-01.toml", "my_client.py"}
    compile(mended(FILES["my_client.py"]), "my_client.py", "exec")
    assert [call.split()[0] for call in CALLS] == ["python3", ".", "pip", "isletbench", "isletbench"]


def timeless(text: str) -> str:
    """A text without its times: a busy machine sends a second later."""
    return re.sub(r"\b\d+:\d\d:\d\d\b", "0:00:00", text)


@pytest.mark.slow
def test_a_newcomer_gets_a_failing_verdict_and_then_a_passing_one(installed: Environment, tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    settings = {
        **os.environ,
        "PATH": f"{installed.python.parent}{os.pathsep}{os.environ['PATH']}",
        "XDG_RUNTIME_DIR": str(tmp_path),
        "COLUMNS": "80",
    }

    def call(line: str) -> tuple[int, str]:
        command = ["bash", "-c", line]
        ended = subprocess.run(command, cwd=tmp_path, env=settings, capture_output=True, text=True, timeout=200, check=False)
        return ended.returncode, ended.stdout + ended.stderr

    first, second = CALLS[-2:]
    code, said = call(first)
    assert code == 1, said
    assert "doses_once: bolus 2 is number 2" in said
    shown = next(text for language, text in re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE) if "│" in text)
    assert timeless(shown) in timeless(said)
    assert (tmp_path / "pages" / "index.html").is_file()
    client = tmp_path / "my_client.py"
    client.write_text(mended(client.read_text(encoding="utf-8")), encoding="utf-8")
    code, said = call(second)
    assert code == 0, said
    assert "1 of 1 passed" in said
