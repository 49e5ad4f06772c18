"""The control API as a program in any language meets it: over HTTP, on a bench that stands still until told otherwise."""

import http.client
import json
import threading
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from isletbench.emulator.endpoints.registry import KINDS
from isletbench.emulator.faults import FAULTS
from isletbench.emulator.scenarios.scenario import scenarios
from tests.interfaces.control.steered import Steered, steered


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Steered]:
    with steered(tmp_path_factory.mktemp("control")) as running:
        yield running


@pytest.fixture(autouse=True)
def no_fault_is_left(bench: Steered) -> Iterator[None]:
    yield
    bench.ask("DELETE", "/v1/faults")


def test_a_fault_is_injected_looked_at_and_cleared(bench: Steered) -> None:
    told = bench.ask("POST", "/v1/faults", {"fault": "lose_reply", "device": "pump", "on": "SetBolus", "lasts": "90s"})
    assert told["id"] == "lose_reply"
    assert told["state"] == "armed"
    assert told["declared"] == {"fault": "lose_reply", "device": "pump", "on": "SetBolus", "lasts": "90s"}
    assert bench.ask("GET", "/v1/faults") == [told] == bench.ask("GET", "/v1/status")["faults"]
    assert bench.ask("GET", "/v1/faults/lose_reply") == told
    assert bench.ask("DELETE", "/v1/faults/lose_reply")["state"] == "over"
    assert bench.ask("GET", "/v1/faults") == []


def test_a_step_can_be_ended(bench: Steered) -> None:
    assert bench.refusal("DELETE", "/v1/step") == (409, "no step is under way")
    before = bench.ask("GET", "/v1/status")["now"]
    with ThreadPoolExecutor(1) as pool:
        stepped = pool.submit(bench.ask, "POST", "/v1/step", {"span": "24h"})
        while bench.call("DELETE", "/v1/step").status == 409:
            assert not stepped.done()
        assert before < stepped.result()["now"] < before + 86_000_000
    assert bench.ask("GET", "/v1/status")["pace"] == "paused"


def test_time_stands_still_steps_and_stands_still_again(bench: Steered) -> None:
    before = bench.ask("GET", "/v1/status")
    assert before["pace"] == "paused"
    after = bench.ask("POST", "/v1/step", {"span": "10m"})
    assert after["pace"] == "paused"
    assert 600_000 <= after["now"] - before["now"] < 630_000
    assert bench.ask("GET", "/v1/status")["now"] == after["now"]
    samples = bench.ask("GET", "/v1/devices/cgm")["records"] - before["devices"]["cgm"]["records"]
    assert samples in (1, 2, 3)


def test_a_fault_strikes_while_time_passes(bench: Steered) -> None:
    declared = {"fault": "do", "device": "cgm", "action": "battery", "arguments": {"percent": 7}, "after": "2m"}
    bench.ask("POST", "/v1/faults", declared)
    assert bench.ask("GET", "/v1/faults/do")["state"] == "waiting"
    bench.ask("POST", "/v1/step", {"span": "3m"})
    assert bench.ask("GET", "/v1/faults/do")["struck"] == 1
    assert bench.ask("GET", "/v1/devices/cgm")["battery_percent"] == 7


def test_the_pace_can_be_changed(bench: Steered) -> None:
    assert bench.ask("PUT", "/v1/pace", {"pace": "30x"})["pace"] == "30x"
    assert bench.ask("GET", "/v1/status")["pace"] == "30x"
    assert bench.ask("PUT", "/v1/pace", {"pace": "paused"})["pace"] == "paused"


def test_devices_and_radios_are_read_and_set(bench: Steered) -> None:
    assert bench.ask("POST", "/v1/devices/cgm/actions/battery", {"percent": 42})["battery_percent"] == 42
    assert bench.ask("GET", "/v1/devices/cgm")["battery_percent"] == 42
    assert bench.ask("PATCH", "/v1/devices/cgm/radio", {"loss": 0.25})["loss"] == 0.25
    assert bench.ask("GET", "/v1/devices/cgm/radio")["loss"] == 0.25
    assert bench.ask("PATCH", "/v1/devices/cgm/radio", {"loss": 0})["loss"] == 0


def test_an_action_can_wait_for_a_condition(bench: Steered) -> None:
    before = bench.ask("GET", "/v1/devices/cgm")["battery_percent"]
    waiting = {"percent": 7, "when": "level glucose > 999 then idle 40h"}
    assert bench.ask("POST", "/v1/devices/cgm/actions/battery", waiting)["battery_percent"] == before
    fault = bench.ask("GET", "/v1/faults")[-1]
    assert fault["state"] == "waiting"
    assert fault["declared"]["when"] == {"then": [{"level": "glucose", "above": 999.0}, {"idle": "40h"}]}
    bench.ask("DELETE", "/v1/faults")


def test_what_there_is_is_told_with_its_schema(bench: Steered) -> None:
    catalogue = {told["name"]: told for told in bench.ask("GET", "/v1/catalogue")}
    assert set(catalogue) == set(FAULTS)
    assert catalogue["truncate_reply"]["schema"]["required"] == ["device", "octets"]
    assert catalogue["lose_reply"]["symptom"] == FAULTS["lose_reply"].symptom()
    for device in ("cgm", "pump"):
        assert [told["name"] for told in bench.ask("GET", f"/v1/devices/{device}/actions")] == list(
            KINDS[device].actions.by_name
        )


def test_the_scenarios_are_listed(bench: Steered) -> None:
    assert [told["id"] for told in bench.ask("GET", "/v1/scenarios")] == scenarios()


WrongCall = tuple[str, str, Any, int, str]
WRONG: list[WrongCall] = [
    ("GET", "/v1/devices/toaster", None, 404, "device 'toaster': expected one of cgm, pump"),
    ("GET", "/v1/nothing", None, 404, "there is no /v1/nothing: GET /v1/openapi.json lists the paths"),
    ("POST", "/v1/status", {}, 405, "Method Not Allowed"),
    ("DELETE", "/v1/faults/nothing", None, 404, "fault 'nothing': there is no fault"),
    ("POST", "/v1/faults", {"fault": "sabotage", "device": "cgm"}, 422, "expected"),
    ("POST", "/v1/faults", {"fault": "no_response"}, 422, "device: expected a value, it is missing"),
    ("POST", "/v1/faults", {"fault": "no_response", "device": "cgm", "lasts": "soon"}, 422, "lasts: duration 'soon': expected"),
    ("POST", "/v1/faults", {"fault": "no_response", "device": "toaster"}, 409, "device 'toaster': expected one of cgm, pump"),
    ("POST", "/v1/faults", b"{", 422, "expected JSON"),
    ("POST", "/v1/faults", b"[" * 100_000 + b"]" * 100_000, 400, "expected JSON with fewer values inside one another"),
    ("POST", "/v1/devices/cgm/actions/fly", {}, 404, "action 'fly': expected one of insert"),
    ("POST", "/v1/devices/cgm/actions/battery", {"percent": 101}, 422, "battery: percent: expected 100 or less"),
    ("POST", "/v1/devices/cgm/actions/battery", {"percent": 9, "when": "idle"}, 422, "expected a value after idle, and there"),
    ("POST", "/v1/devices/cgm/actions/insert", {}, 409, "insert: cannot insert a sensor that is running"),
    ("PATCH", "/v1/devices/cgm/radio", {"loss": 2}, 422, "loss: expected 0 to 1, got 2"),
    ("PUT", "/v1/pace", {"pace": "fast"}, 422, "pace: pace 'fast': expected real, jump, paused or a factor"),
    ("PUT", "/v1/pace", {"pace": "jump"}, 409, "the pace cannot change from paused to jump while the bench runs"),
    ("POST", "/v1/step", {"span": "25h"}, 422, "span: expected 1d or less"),
    ("GET", "/v1/journal?after=-1", None, 422, "after: expected 0 or more"),
]


@pytest.mark.parametrize("call", WRONG, ids=lambda call: f"{call[0]} {call[1]} {call[3]}")
def test_a_wrong_call_is_refused_with_one_sentence_and_changes_nothing(bench: Steered, call: WrongCall) -> None:
    method, path, body, status, words = call
    before = bench.ask("GET", "/v1/status")
    refused, sentence = bench.refusal(method, path, body)
    assert (refused, words in sentence) == (status, True), sentence
    assert bench.ask("GET", "/v1/status") == before


@pytest.mark.parametrize(
    ("headers", "status", "words"),
    [
        ({"Authorization": "Bearer wrong"}, 401, "Authorization: Bearer TOKEN"),
        ({"Authorization": ""}, 401, "Authorization: Bearer TOKEN"),
        ({"Host": "evil.example"}, 403, "Host header"),
        ({"Host": "127.0.0.1.evil.example"}, 403, "Host header"),
        ({"Origin": "http://evil.example"}, 403, "Origin header"),
        ({"Origin": "null"}, 403, "Origin header"),
        ({"Origin": "http://["}, 403, "Origin header"),
    ],
)
def test_nobody_gets_in_without_the_token_or_from_a_web_page(
    bench: Steered, headers: dict[str, str], status: int, words: str
) -> None:
    for method, path in (("GET", "/v1/status"), ("POST", "/v1/faults"), ("GET", "/"), ("GET", "/v1/openapi.json")):
        if (path, status) != ("/", 401):
            refused, sentence = bench.refusal(method, path, **headers)
            assert refused == status
            assert words in sentence


def test_a_body_that_is_too_large_is_not_read(bench: Steered) -> None:
    # only its length is sent: a server that refuses by it may hang up before a body has been written
    connection = http.client.HTTPConnection(bench.url.removeprefix("http://"), timeout=60)
    connection.putrequest("POST", "/v1/faults")
    connection.putheader("Authorization", f"Bearer {bench.token}")
    connection.putheader("Content-Length", str((1 << 20) + 1))
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 413
    assert "at most 1048576 octets" in json.loads(answer.read())["error"]
    connection.close()


def test_a_client_tells_what_it_believes(bench: Steered) -> None:
    before = bench.ask("GET", "/v1/status")["now"]
    dose = {"belief": "dose", "id": "meal", "units": 1.25, "requested": 2.0, "certain": False, "age": 3.5}
    assert bench.ask("POST", "/v1/beliefs", dose) == dose
    written = bench.up.entries()[-1]
    assert written == {"t": written["t"], **dose}
    assert written["t"] >= before
    for wrong, words in (
        ({"belief": "dose", "id": "meal"}, "units: expected a value, it is missing"),
        ({"belief": "hunch"}, "belief"),
        ({"belief": "dose", "id": "", "units": 1}, "id: expected 1 or more characters"),
    ):
        status, sentence = bench.refusal("POST", "/v1/beliefs", wrong)
        assert status == 422
        assert words in sentence


def test_the_journal_is_streamed_as_it_is_written_and_can_be_taken_up_again(bench: Steered) -> None:
    heard: list[tuple[int, dict[str, Any]]] = []
    listening = threading.Event()

    def listen() -> None:
        request = urllib.request.Request(f"{bench.url}/v1/journal?limit=4", headers={"Authorization": f"Bearer {bench.token}"})
        with urllib.request.urlopen(request, timeout=60) as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            listening.set()
            events = stream.read().decode().strip().split("\n\n")
        for event in events:
            number, data = event.split("\n")
            heard.append((int(number.removeprefix("id: ")), json.loads(data.removeprefix("data: "))))

    listener = threading.Thread(target=listen)
    listener.start()
    assert listening.wait(60)
    bench.ask("POST", "/v1/faults", {"fault": "no_response", "device": "cgm", "name": "first"})
    bench.ask("DELETE", "/v1/faults/first")
    bench.ask("POST", "/v1/faults", {"fault": "no_response", "device": "cgm", "name": "second", "at": "1000h"})
    listener.join(60)
    assert [(entry["fault"], entry["what"]) for _, entry in heard] == [
        ("first", "injected"),
        ("first", "armed"),
        ("first", "cleared"),
        ("second", "injected"),
    ]
    numbers = [number for number, _ in heard]
    assert numbers == list(range(numbers[0], numbers[0] + 4))
    again = bench.call("GET", f"/v1/journal?after={numbers[1]}&limit=1").content.decode()
    assert again.startswith(f"id: {numbers[2]}\n")
    resumed = bench.call("GET", "/v1/journal?limit=1", Last_Event_ID=str(numbers[2])).content.decode()
    assert resumed.startswith(f"id: {numbers[3]}\n")
