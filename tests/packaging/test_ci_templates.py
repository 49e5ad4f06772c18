"""The templates for other people's CI: whole YAML, and no option that `check` and `up` do not have."""

import re
from typing import Any

import pytest
import yaml

from tests.harness.architecture import ROOT
from tests.harness.command_line import called

PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
ACTION = (ROOT / "action.yml").read_text(encoding="utf-8")
BLOCKS: list[str] = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.mark.parametrize("text", [ACTION, *BLOCKS], ids=["action.yml", "GitHub", "GitLab", "compose"])
def test_a_template_is_whole(text: str) -> None:
    assert isinstance(yaml.safe_load(text), dict)


def test_every_input_of_the_action_is_used_and_every_one_that_is_used_is_there() -> None:
    action: dict[str, Any] = yaml.safe_load(ACTION)
    assert set(re.findall(r"inputs\.(\w+)", ACTION)) == set(action["inputs"])
    (workflow, *_) = (yaml.safe_load(block) for block in BLOCKS)
    step = workflow["jobs"]["isletbench"]["steps"][-1]
    assert set(step["with"]) <= set(action["inputs"])
    assert {name for name, one in action["inputs"].items() if one.get("required")} <= set(step["with"])


@pytest.mark.parametrize("command", ["check", "up"])
def test_every_option_in_a_template_is_one_of_the_command(command: str) -> None:
    known = set(re.findall(r"--[a-z-]+", called(command, "--help").stdout))
    calls = (
        re.findall(rf"isletbench {command} (.*)", ACTION + PAGE) if command == "check" else re.findall(r"command: (.*)", PAGE)
    )
    used = {option for words in calls for option in re.findall(r"--[a-z][a-z-]*", words.split(" -- ")[0])}
    assert used
    assert used <= known
