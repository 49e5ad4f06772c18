"""Subjects for the tests of firmware: each test runs on the emulator, on the native stub and on the stub under QEMU."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from protocols import cgms, ids
from tests.firmware.lineup import ALL, lacks, powered_up
from tests.firmware.talking import Client


@pytest.fixture(params=ALL)
def subject(request: pytest.FixtureRequest) -> str:
    """The name of one."""
    return str(request.param)


SERVICES = {"cgm": cgms.SERVICE, "pump": ids.SERVICE}


@contextmanager
def client_of(subject: str, device: str, directory: Path) -> Iterator[Client]:
    """A client that has connected to a device as new."""
    if why := lacks(subject, device):
        pytest.skip(why)
    found = powered_up(subject, device, directory)
    try:
        yield Client(found, SERVICES[device])
    finally:
        found.close()


@pytest.fixture
def cgm(subject: str, tmp_path: Path) -> Iterator[Client]:
    """A client of a CGM."""
    with client_of(subject, "cgm", tmp_path) as client:
        yield client


@pytest.fixture
def pump(subject: str, tmp_path: Path) -> Iterator[Client]:
    """A client of a pump."""
    with client_of(subject, "pump", tmp_path) as client:
        yield client


@pytest.fixture(params=list(SERVICES))
def device(subject: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Client]:
    """A client of either."""
    with client_of(subject, request.param, tmp_path) as client:
        yield client
