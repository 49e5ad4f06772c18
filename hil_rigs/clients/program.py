"""What the example clients have in common where they run as programs: their environment, their beliefs, and how they end.

A call or an environment that cannot be right is one sentence and exit code 2. A device that does not answer may come into reach
later: that is one sentence too, and the program continues.
"""

import asyncio
import json
import re
import signal
import stat
import sys
from collections.abc import Coroutine, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from isletbench.emulator.collectors.bleak_backend import virtual_bluetooth
from isletbench.emulator.collectors.client_ports import port_at
from isletbench.emulator.collectors.link_collector import OpenPort
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.core.models import Part
from isletbench.emulator.core.problems import first_problem
from isletbench.emulator.scenarios.scenario import IntentKind
from isletbench.emulator.transports.ble.specs import SpecError, parse_spec
from isletbench.hil_rigs.clients.controller.alerts import ReportBelief
from isletbench.hil_rigs.clients.controller.device_kind import WrongDevice

WRONG_CALL = 2
ADDRESS = re.compile(r"([0-9A-F]{2}:){5}[0-9A-F]{2}|[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", re.IGNORECASE)
"""A Bluetooth address, or the UUID that macOS has in place of one."""
Number = Annotated[float, Field(allow_inf_nan=False)]
Amount = Annotated[float, Field(ge=0, le=1_000)]


class CallError(Exception):
    """The call of a program or its environment is wrong; one sentence."""


class Wanted(Part):
    """Something that the user wants, as ``ISLETBENCH_INTENTS`` has it."""

    at: Number
    """Seconds after the start of the program."""
    do: IntentKind
    units: Amount = 0.0
    minutes: Annotated[int, Field(ge=0, le=64_800)] = 0
    grams: Amount = 0.0


_WANTED = TypeAdapter(tuple[Wanted, ...])


def wanted(environment: Mapping[str, str]) -> list[dict[str, Any]]:
    """What the user wants, by ``ISLETBENCH_INTENTS``. Raises ``CallError``."""
    try:
        found = _WANTED.validate_json(environment.get("ISLETBENCH_INTENTS", "[]"))
    except ValidationError as error:
        raise CallError(f"ISLETBENCH_INTENTS: {first_problem(error, tuple[Wanted, ...])}") from None
    return [one.model_dump(exclude_defaults=True) for one in found]


def serial_port(environment: Mapping[str, str], device: str, baud: int | None = None) -> OpenPort | None:
    """What opens the serial port of a device by its name, such as ``cgm``; None where the environment has none.

    Raises ``CallError`` where there is no such port.
    """
    name = f"ISLETBENCH_{device.upper()}_SERIAL"
    place = environment.get(name)
    if not place:
        return None
    try:
        if "://" not in place and not stat.S_ISCHR(Path(place).stat().st_mode):
            raise CallError(f"{name}: {place}: expected a serial port, and it is none")
        return port_at(place, baud)
    except (OSError, ValueError) as error:
        raise CallError(f"{name}: {place}: {getattr(error, 'strerror', None) or error}") from None
    except LookupError as error:
        raise CallError(f"{name}: {error.args[0]}") from None


def ble_address(environment: Mapping[str, str], device: str) -> str | None:
    """The Bluetooth address of a device by its name; None where the environment has none. Raises ``CallError``."""
    name = f"ISLETBENCH_{device.upper()}_BLE"
    address = environment.get(name)
    if address and not ADDRESS.fullmatch(address):
        raise CallError(f"{name}: {address}: expected an address such as F0:10:00:00:00:01")
    return address or None


def use_radio(stack: ExitStack, environment: Mapping[str, str]) -> None:
    """Use the virtual radio at ``ISLETBENCH_HCI`` until the stack is closed; the computer's own where that is not set.

    Raises ``CallError``.
    """
    if hci := environment.get("ISLETBENCH_HCI"):
        try:
            parse_spec(hci)
        except SpecError as error:
            raise CallError(f"ISLETBENCH_HCI: {error}") from None
        stack.enter_context(virtual_bluetooth(hci))


def belief_writer(stack: ExitStack, environment: Mapping[str, str]) -> ReportBelief:
    """A function that writes each belief as a line of JSON to ``ISLETBENCH_BELIEFS``, or discards it where that is not set.

    Raises ``CallError``; so does the function.
    """
    path = environment.get("ISLETBENCH_BELIEFS")
    if not path:
        return lambda belief: None

    def unwritable(error: OSError) -> CallError:
        return CallError(f"ISLETBENCH_BELIEFS: {path}: expected a file that can be written: {error.strerror or error}")

    try:
        sink = stack.enter_context(Path(path).open("w", encoding="utf-8"))  # noqa: SIM115  # the stack closes it
    except OSError as error:
        raise unwritable(error) from None

    def report(belief: dict[str, Any]) -> None:
        try:
            print(json.dumps(belief), file=sink, flush=True)
        except OSError as error:
            with suppress(OSError):
                sink.close()
            raise unwritable(error) from None

    return report


class FirstFailures:
    """Says why a device cannot be reached, the first time for each of them."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def report(self, device: str, error: BaseException) -> None:
        """Say it, if it is the first time for this device."""
        if device not in self._said:
            print(f"{device}: {str(error) or type(error).__name__}; it is tried again", file=sys.stderr, flush=True)
        self._said.add(device)


async def until_ended(work: Coroutine[Any, Any, None]) -> None:
    """Do this until it is done, or until the program is asked to end: SIGTERM or SIGINT."""
    running = asyncio.ensure_future(work)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, running.cancel)
    with suppress(asyncio.CancelledError):
        await running


def exit_code(program: Coroutine[Any, Any, None], environment: Mapping[str, str]) -> int:
    """Run a program at the pace of ``ISLETBENCH_PACE``: 0, or 2 after one sentence on stderr where its call is wrong."""
    wrong: list[str] = []
    try:
        pace = Pace.parse(environment.get("ISLETBENCH_PACE", "real"))
    except ValueError as error:
        program.close()
        wrong.append(f"ISLETBENCH_PACE: {error}")
    else:
        try:
            run(program, pace)
        except* (CallError, WrongDevice) as group:
            wrong += map(str, _leaves(group))
    for sentence in wrong[:1]:
        print(sentence, file=sys.stderr)
    return WRONG_CALL if wrong else 0


def _leaves(group: BaseExceptionGroup[Any]) -> list[BaseException]:
    return [leaf for one in group.exceptions for leaf in (_leaves(one) if isinstance(one, BaseExceptionGroup) else [one])]
