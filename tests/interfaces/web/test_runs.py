"""A scenario picked on the page: a bench of its own, its page, and the verdict at its end."""

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from isletbench.emulator.scenarios.scenario import load_scenario
from tests.interfaces.web.looked_at import LookedAt, looked_at


def asked(page: str, path: str, body: Any = None) -> tuple[int, Any]:
    """What the API of a bench answers whose page has this link."""
    base, token = page.split("/?token=")
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(base + path, data=None if body is None else json.dumps(body).encode(), headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_a_scenario_that_is_not_known_is_refused(tmp_path: Path) -> None:
    with looked_at(tmp_path) as there:
        for wrong in ({"scenario": "NO-1"}, {"scenario": "DLV-01", "pace": "fast"}, {}):
            status, answer = asked(there.page, "/page/runs", wrong)
            assert (status, list(answer)) == (422, ["error"])


def test_the_page_of_a_scenario_has_the_verdict_when_it_is_over(tmp_path: Path) -> None:
    scenario = load_scenario("DLV-01")
    with looked_at(tmp_path, scenario=scenario) as there:
        facts = facts_of(there)
        assert facts["scenario"]["id"] == "DLV-01"
        assert facts["verdict"] is None
        there.finish()
        assert facts_of(there)["verdict"]["outcome"] == "absent"


def facts_of(there: LookedAt) -> Any:
    status, facts = asked(there.page, "/page/facts")
    assert status == 200
    return facts


@pytest.mark.slow
def test_a_bench_that_the_page_has_started_ends_with_it(tmp_path: Path) -> None:
    with looked_at(tmp_path) as there:
        status, answer = asked(there.page, "/page/runs", {"scenario": "DLV-01", "pace": "600x"})
        assert status == 201
        _, facts = asked(answer["page"], "/page/facts")
        assert facts["scenario"]["id"] == "DLV-01"
    with pytest.raises(urllib.error.URLError):
        asked(answer["page"], "/page/facts")
