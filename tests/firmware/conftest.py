"""Subjects for the tests of firmware: each test runs on the emulator, on the native stub and on the stub under QEMU."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from isletbench.protocols import cgms, ids
from tests.firmware.lineup import ALL, NATIVE, lacks, powered_up
from tests.firmware.talking import Client


@pytest.fixture(params=ALL)
def subject(request: pytest.FixtureRequest) -> str:
    """The name of one."""
    return str(request.param)


SERVICES = {"cgm": cgms.SERVICE, "pump": ids.SERVICE}


@contextmanager
def client_of(subject: str, device: str) -> Iterator[Client]:
    """A client that has connected to a device as new."""
    if why := lacks(subject):
        pytest.skip(why)
    found = powered_up(subject, device)
    try:
        yield Client(found, SERVICES[device])
    finally:
        found.close()


@pytest.fixture
def cgm(subject: str) -> Iterator[Client]:
    """A client of a CGM."""
    with client_of(subject, "cgm") as client:
        yield client


@pytest.fixture
def pump(subject: str) -> Iterator[Client]:
    """A client of a pump."""
    with client_of(subject, "pump") as client:
        yield client


@pytest.fixture(params=list(SERVICES))
def device(subject: str, request: pytest.FixtureRequest) -> Iterator[Client]:
    """A client of either."""
    with client_of(subject, request.param) as client:
        yield client


@pytest.fixture
def some(subject: str, request: pytest.FixtureRequest) -> Callable[[Iterable[Any], int], list[Any]]:
    """All of many cases with ``--slow``; else so many, evenly spread, the first and the last among them. The program of this
    machine is quick and is held to the emulator: it has them all, the others every second one."""

    def chosen(cases: Iterable[Any], number: int) -> list[Any]:
        every = list(cases)
        if request.config.getoption("--slow"):
            return every
        wanted = min(number if subject == NATIVE else max(number // 2, 2), len(every))
        return [every[round(index * (len(every) - 1) / (wanted - 1))] for index in range(wanted)]

    return chosen
