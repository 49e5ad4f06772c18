"""The example of a pump's client: what goes wrong is one sentence."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from isletbench.emulator.collectors.collector import Key
from isletbench.emulator.collectors.protection import E2eProtection
from isletbench.hil_rigs.clients import pump_client
from isletbench.protocols import ids


class Undefined:
    """A link to a pump whose therapy control state is none that IDS defines."""

    def __init__(self) -> None:
        self._values = {ids.FEATURES.uuid: ids.Features(100.0, ids.Feature(0)), ids.STATUS.uuid: STATUS}

    def read(self, key: Key) -> bytes:
        point = ids.FEATURES if key.uuid == ids.FEATURES.uuid else ids.STATUS
        octets = E2eProtection(protected=False).seal(point, self._values[point.uuid])
        return octets if point is ids.FEATURES else b"\x63" + octets[1:]

    def subscribe(self, key: Key) -> None:
        pass


STATUS = ids.Status(ids.TherapyControlState.RUN, ids.OperationalState.READY, 200.0)


def test_a_state_that_is_not_defined_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @contextmanager
    def opened(port: str) -> Iterator[Undefined]:
        yield Undefined()

    monkeypatch.setattr(pump_client, "SerialClient", opened)
    assert pump_client.main("port", None) == 1
    said = capsys.readouterr().err
    assert said.startswith("port: Status.therapy_control_state")
    assert said.count("\n") == 1
