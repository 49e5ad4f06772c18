"""The example of a pump's client: what goes wrong is one sentence."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from isletbench.emulator.collectors.collector import Key, NoCharacteristic
from isletbench.emulator.collectors.protection import E2eProtection
from isletbench.hil_rigs.clients import pump_client
from isletbench.protocols import cgms, ids
from isletbench.protocols.att import Property


class Undefined:
    """A link to a pump whose therapy control state is none that IDS defines."""

    def __init__(self) -> None:
        self._values = {ids.FEATURES.uuid: ids.Features(100.0, ids.Feature(0)), ids.STATUS.uuid: STATUS}

    @property
    def characteristics(self) -> dict[Key, Property]:
        return {Key(ids.SERVICE, ids.FEATURES.uuid): Property.READ}

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


class OfACgm(Undefined):
    """A link to a CGM."""

    @property
    def characteristics(self) -> dict[Key, Property]:
        return {Key(cgms.SERVICE, cgms.FEATURE.uuid): Property.READ}


class OfNobody(Undefined):
    """A link to a device of no kind that it knows."""

    @property
    def characteristics(self) -> dict[Key, Property]:
        return {}

    def read(self, key: Key) -> bytes:
        raise NoCharacteristic("no characteristic 2B20 of 183A here")


@pytest.mark.parametrize(
    ("link", "words"), [(OfACgm, "expected a pump, and the device there is a CGM"), (OfNobody, "no characteristic 2B20")]
)
def test_the_port_of_another_device_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], link: type[Undefined], words: str
) -> None:
    @contextmanager
    def opened(port: str) -> Iterator[Undefined]:
        yield link()

    monkeypatch.setattr(pump_client, "SerialClient", opened)
    assert pump_client.main("port", None) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("port", ["/nonexisting", "", "banana://there", "/usr"])
def test_what_is_no_port_is_one_sentence(capsys: pytest.CaptureFixture[str], port: str) -> None:
    assert pump_client.main(port, None) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"{port}: expected a serial port that can be opened")
    assert said.count("\n") == 1


@pytest.mark.parametrize("text", ["nan", "-1", "0", "inf", "101", "ten"])
def test_an_amount_that_no_pump_gives_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # argparse has its own words for it
        pump_client.units(text)
