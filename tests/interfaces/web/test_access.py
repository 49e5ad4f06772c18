"""Who may see the page: whoever has opened the link with the bench's token, and no page of another origin."""

import http.client
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.interfaces.control.steered import Steered, steered


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Steered]:
    with steered(tmp_path_factory.mktemp("page")) as running:
        yield running


@dataclass
class Answer:
    """What a browser gets."""

    status: int
    headers: Any
    body: bytes


@contextmanager
def asking(bench: Steered, path: str, method: str = "GET", **headers: str) -> Iterator[http.client.HTTPResponse]:
    """A call of a browser that has the bench's cookie, without following where it is sent."""
    address = urlsplit(bench.url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=60)
    sent = {"Cookie": f"isletbench_{address.port}={bench.token}", **{k.replace("_", "-"): v for k, v in headers.items()}}
    with closing(connection):
        connection.request(method, path, headers=sent)
        with connection.getresponse() as answer:
            yield answer


def asked(bench: Steered, path: str, method: str = "GET", **headers: str) -> Answer:
    """The whole answer to such a call."""
    with asking(bench, path, method, **headers) as answer:
        return Answer(answer.status, answer.headers, answer.read())


def test_up_and_page_print_the_same_link(bench: Steered) -> None:
    link = f"{bench.url}/?token={bench.token}"
    assert bench.up.ready["page"] == link
    assert bench.up.run("page").stdout == f"{link}\n"
    assert json.loads(bench.up.run("page", "--json").stdout) == {"page": link}


def test_the_token_becomes_a_cookie_and_leaves_the_address_bar(bench: Steered) -> None:
    answer = asked(bench, f"/?token={bench.token}", Cookie="")
    assert (answer.status, answer.headers["location"]) == (303, "/page/")
    name, *rules = (part.strip() for part in answer.headers["set-cookie"].split(";"))
    assert name == f"isletbench_{urlsplit(bench.url).port}={bench.token}"
    assert sorted(rule.lower() for rule in rules) == ["httponly", "path=/", "samesite=strict"]
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_the_cookie_opens_the_page_and_the_api(bench: Steered) -> None:
    page = asked(bench, "/page/")
    assert page.status == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert asked(bench, "/v1/status", Sec_Fetch_Site="same-origin").status == 200
    assert asked(bench, "/v1/faults", "DELETE", Origin=bench.url).status == 200


REFUSED: list[tuple[str, str, dict[str, str], int]] = [
    ("GET", "/page/", {"Cookie": ""}, 401),
    ("GET", "/page/", {"Cookie": "isletbench_1=x"}, 401),
    ("GET", "/?token=wrong", {"Cookie": ""}, 401),
    ("GET", "/?token=wrong", {}, 401),
    ("GET", "/page/feed", {"Cookie": ""}, 401),
    ("GET", "/page/main.js", {"Cookie": ""}, 401),
    ("GET", "/page/feed", {"Host": "evil.example"}, 403),
    ("GET", "/page/feed", {"Origin": "http://evil.example"}, 403),
    # another program's page on this machine: a browser sends it our cookie, for cookies do not know ports
    ("GET", "/page/feed", {"Sec_Fetch_Site": "same-site"}, 401),
    ("GET", "/page/feed", {"Sec_Fetch_Site": "cross-site"}, 401),
    ("GET", "/page/feed", {"Origin": "http://127.0.0.1:1"}, 401),
    ("DELETE", "/v1/faults", {"Origin": "http://127.0.0.1:1"}, 401),
    ("DELETE", "/v1/faults", {}, 401),
    ("POST", "/page/feed", {"Origin": "http://127.0.0.1:1"}, 401),
]


@pytest.mark.parametrize(("method", "path", "headers", "status"), REFUSED, ids=str)
def test_nobody_else_gets_in(bench: Steered, method: str, path: str, headers: dict[str, str], status: int) -> None:
    answer = asked(bench, path, method, **headers)
    assert answer.status == status
    assert "error" in json.loads(answer.body)


def test_a_person_without_the_token_is_told_where_the_link_is(bench: Steered) -> None:
    answer = asked(bench, "/page/", Cookie="", Accept="text/html,*/*")
    assert answer.status == 401
    assert "isletbench page" in answer.body.decode()


def test_the_feed_is_the_journal_line_by_line_and_goes_on_where_it_was(bench: Steered) -> None:
    def rows(**headers: str) -> tuple[int, list[dict[str, Any]]]:
        number, data = -1, list[dict[str, Any]]()
        with asking(bench, "/page/feed", **headers) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            while not data:
                key, _, value = answer.readline().decode().strip().partition(": ")
                if key == "id":
                    number = int(value)
                elif key == "data":
                    data = json.loads(value)
        return number, data

    number, first = rows()
    lines = bench.up.entries()
    assert first[-1]["n"] == number
    for row in first:
        entry = lines[row["n"] - 1]
        assert row["t"] == entry["t"]
        assert row.get("d", entry.get("device")) == entry.get("device")
    bench.ask("POST", "/v1/faults", {"fault": "no_response", "device": "cgm", "name": "quiet"})
    _, later = rows(Last_Event_ID=str(number))
    assert (later[0]["k"], later[0]["d"]) == ("fault", "quiet")
    assert later[0]["n"] == number + 1
    bench.ask("DELETE", "/v1/faults")
