"""Any call that the API's own description allows, and many that it does not: never a failure of ours, and a refusal changes
nothing."""

import json
import re
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from tests.harness.odd_files import LIBRARY_WORDS
from tests.interfaces.control.steered import Steered, steered

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 2
PATIENCE_S = 60.0
"""How long an answer may take on a machine that is busy with other things."""


def test_any_call_is_answered_as_described_and_a_refusal_changes_nothing(tmp_path: Path) -> None:
    met: dict[tuple[str, int], int] = {}
    with steered(tmp_path) as bench:
        described = json.loads(bench.call("GET", "/v1/openapi.json").content)
        for operation in schemathesis.openapi.from_dict(described).get_all_operations():
            assert isinstance(operation, Ok), operation
            for mode in modes(operation.ok()):
                call_at_random(bench, operation.ok(), mode, met)
    refused = sum(count for (_, status), count in met.items() if status >= 400)
    assert sum(met.values()) - refused >= 20
    assert refused >= 20
    paths = {f"{method.upper()} {path}" for path, calls in described["paths"].items() for method in calls}
    assert {call for call, _ in met} == paths


def modes(operation: Any) -> list[GenerationMode]:
    """How it can be called: one that takes nothing, or only names in its path, cannot be called wrongly. It would cost a
    thousand tries to find that out."""
    return list(GenerationMode) if operation.body or operation.query else [GenerationMode.POSITIVE]


def call_at_random(bench: Steered, operation: Any, mode: GenerationMode, met: dict[tuple[str, int], int]) -> None:
    """Make calls of one operation, as it is described or as it is not."""

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def answered_as_described(case: Any) -> None:
        tame(case)
        before = bench.ask("GET", "/v1/status")
        headers = {"Authorization": f"Bearer {bench.token}"}
        answer = case.call(base_url=bench.url, headers=headers, timeout=PATIENCE_S)
        case.validate_response(answer, checks=CHECKS, headers=headers)
        if answer.status_code >= 400:
            assert not re.search(LIBRARY_WORDS, answer.json()["error"]), answer.json()
            assert bench.ask("GET", "/v1/status") == before
        if case.path == "/v1/pace":
            bench.ask("PUT", "/v1/pace", {"pace": "paused"})
        call = operation.label, answer.status_code
        met[call] = met.get(call, 0) + 1

    answered_as_described()


def tame(case: Any) -> None:
    """Known devices, actions and faults now and then; and nothing that takes an hour to answer."""
    parameters = case.path_parameters or {}
    body = case.body if isinstance(case.body, dict) else {}
    for key, known in {"device": ("cgm", "pump"), "action": ("battery", "mend"), "fault": ("lose_reply", "do")}.items():
        for place in (parameters, body if key == "device" else {}):
            if isinstance(place.get(key), str) and len(place[key]) % 3:
                place[key] = known[len(place[key]) // 3 % 2]
    if case.path == "/v1/journal":
        case.query = {**(case.query or {}), "after": 0, "limit": 1}
    if case.path == "/v1/step" and re.match(r"\d", str(body.get("span"))):
        body["span"] = "1s"
