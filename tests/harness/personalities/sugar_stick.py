"""A personality as somebody else would add it: the SugarStick, a made-up CGM reader on a USB cable."""

from collections.abc import Generator, Iterator
from datetime import datetime
from typing import Any

from isletbench import personality

LONGEST = 40
"""The longest request, octets: a longer one is garbage."""
OPERATIONS = {b"G": "ReadGlucose", b"C": "ReadClock", b"S": "SetClock", b"U": "ReadUnit"}


class SugarStickSettings(personality.Settings):
    """What a rig may set of a SugarStick."""

    mmol: bool = False
    """Whether it shows mmol/L."""


class SugarStickFramer:
    """Finds requests: from ``$`` to the end of the line."""

    silence = None

    def __init__(self) -> None:
        self._line = b""

    def feed(self, octets: bytes) -> list[personality.Framed]:
        """The requests that end in these octets."""
        found = []
        for octet in octets:
            self._line = b"$" if octet == ord("$") else self._line + bytes([octet])
            if not self._line.startswith(b"$") or len(self._line) > LONGEST:
                self._line = b""
            elif octet == ord("\r"):
                found.append(personality.Framed(OPERATIONS.get(self._line[1:2], "Unknown"), self._line))
                self._line = b""
        return found

    def expire(self) -> list[personality.Framed]:
        """Forget half a request."""
        self._line = b""
        return []


class SugarStick(personality.Face):
    """The stick in front of a sensor."""

    def __init__(self, name: str, sensor: Any, settings: SugarStickSettings) -> None:
        self._sensor = sensor
        self._mmol = settings.mmol

    def receive(self, command: personality.Command, now: personality.Instant) -> Iterator[personality.Answered]:
        """Answer one request with one line."""
        body, _, check = command.value[1:-1].partition(b"*")
        if check != checksum(body):
            yield personality.Refused(now, "wrong checksum")
            text = b"!1"
        else:
            yield personality.Decoded(now, command.operation, body[1:].decode("latin-1"))
            answers = {"ReadGlucose": self._glucose, "ReadClock": self._clock, "ReadUnit": self._unit}
            if command.operation == "SetClock":
                text = yield from self._set_clock(body[1:], now)
            elif command.operation in answers:
                text = answers[command.operation](now)
            else:
                yield personality.Refused(now, "unknown command")
                text = b"!2"
        yield personality.Answer(command.link, b"$" + text + b"*" + checksum(text) + b"\r", command.operation)

    def _glucose(self, now: personality.Instant) -> bytes:
        last = self._sensor.measuring.last
        if last is None or not isinstance(last.glucose, float):
            return b"G---"
        shown = f"{last.glucose / 18.0182:.1f}" if self._mmol else f"{last.glucose:.0f}"
        return f"G{shown}".encode()

    def _clock(self, now: personality.Instant) -> bytes:
        return f"C{self._sensor.clock(now):%Y%m%d%H%M%S}".encode()

    def _unit(self, now: personality.Instant) -> bytes:
        return b"Ummol/L" if self._mmol else b"Umg/dL"

    def _set_clock(self, digits: bytes, now: personality.Instant) -> Generator[personality.Answered, None, bytes]:
        try:
            shown = datetime.strptime(digits.decode("latin-1"), "%Y%m%d%H%M%S")  # noqa: DTZ007  # a device's clock has no zone
        except ValueError:
            yield personality.Refused(now, "no date")
            return b"!3"
        self._sensor.set_clock(shown, now)
        yield personality.Committed(now, "SetClock")
        return b"S"


def checksum(body: bytes) -> bytes:
    """The sum of the octets modulo 256, as two hexadecimal digits."""
    return f"{sum(body) % 256:02X}".encode()


SUGAR_STICK = personality.Personality(
    name="sugar_stick",
    about="the SugarStick, a made-up CGM reader",
    kind="cgm",
    settings=SugarStickSettings,
    operations=[*OPERATIONS.values(), "Unknown"],
    framer=lambda settings: SugarStickFramer(),
    face=SugarStick,
)
