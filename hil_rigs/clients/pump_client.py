"""Drive a pump over its serial link with pyserial: read it, give a bolus and watch it, read the history.

python hil_rigs/clients/pump_client.py PORT --bolus 1
"""

import argparse
import os
import sys
from typing import Any

import serial

from isletbench.emulator.collectors.collector import Key, NoCharacteristic
from isletbench.emulator.collectors.protection import E2eProtection
from isletbench.emulator.collectors.serial_client import SerialClient
from isletbench.hil_rigs.clients.controller.device_kind import WrongDevice, check_kind
from isletbench.protocols import ids, racp
from isletbench.protocols.att import AttError
from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.errors import WireError
from isletbench.protocols.ids import BolusActivation, BolusType, Feature, HistoryRecord
from isletbench.protocols.racp import IDS, Operation, Operator, Request, Selection

ANSWER_WITHIN_S = 30.0
"""IDP 1.0.2, section 4.15.4."""
MOST_UNITS = 100.0
"""U; no bolus of a pump is larger."""


class PumpRefused(Exception):
    """The pump answered a command with anything but success."""


class PumpClient:
    """A collector of the Insulin Delivery Service on a serial link."""

    def __init__(self, link: SerialClient) -> None:
        self._link = link
        value = link.read(self._key(ids.FEATURES))
        self._seals = E2eProtection(protected=value[:3] != b"\xff\xff\x00")
        features: ids.Features = self._seals.open(ids.FEATURES, value)
        if self._seals.protected != (Feature.E2E_PROTECTION in features.features):
            raise PumpRefused("its features contradict themselves: E2E-protection")
        for point in (ids.STATUS, ids.STATUS_READER_POINT, ids.COMMAND_POINT, ids.RECORD_ACCESS, ids.HISTORY_DATA):
            link.subscribe(self._key(point))

    @staticmethod
    def _key(characteristic: Characteristic) -> Key:
        return Key(ids.SERVICE, characteristic.uuid)

    def status(self) -> ids.Status:
        """What the pump is doing."""
        status: ids.Status = self._seals.open(ids.STATUS, self._link.read(self._key(ids.STATUS)))
        return status

    def next_status(self, timeout: float) -> ids.Status | None:
        """The next status the pump tells, None when it tells none within ``timeout`` s."""
        told = self._link.wait(timeout, self._key(ids.STATUS))
        return None if told is None else self._seals.open(ids.STATUS, told[1])

    def ask(self, point: Characteristic, operation: Any) -> Any:
        """Write an operation and wait for the answer. Raises ``PumpRefused``, ``AttError`` or ``TimeoutError``."""
        self._link.write(self._key(point), self._seals.seal(point, operation))
        told = self._link.wait(ANSWER_WITHIN_S, self._key(point))
        if told is None:
            raise TimeoutError(f"no answer to {operation} within {ANSWER_WITHIN_S:g} s")
        answer = self._seals.open(point, told[1])
        refused = isinstance(answer, ids.CommandResponseCode | ids.StatusReaderResponseCode)
        if refused and answer.code is not ids.Response.SUCCESS:
            raise PumpRefused(f"{type(operation).__name__}: {answer.code.name}")
        return answer

    def bolus(self, amount: float) -> int:
        """Begin a fast bolus of ``amount`` U; its id."""
        set_bolus = ids.SetBolus(BolusType.FAST, amount, 0.0, 0, activation_type=BolusActivation.MANUAL)
        answer: ids.SetBolusResponse = self.ask(ids.COMMAND_POINT, set_bolus)
        return answer.bolus_id

    def running_boluses(self) -> tuple[int, ...]:
        """The ids of the boluses that are not completely delivered."""
        answer: ids.GetActiveBolusIdsResponse = self.ask(ids.STATUS_READER_POINT, ids.GetActiveBolusIds())
        return answer.bolus_ids

    def history(self, since: int = 0) -> list[HistoryRecord]:
        """Every record from number ``since`` on, oldest first."""
        selection = Selection(Operator.AT_LEAST, racp.IdsFilter.SEQUENCE_NUMBER, low=since)
        ended = self.ask(ids.RECORD_ACCESS, Request(Operation.REPORT, selection))
        if ended.outcome not in (racp.Outcome.SUCCESS, racp.Outcome.NO_RECORDS_FOUND):
            raise PumpRefused(f"history: {ended.outcome.value}")
        records = []
        while told := self._link.wait(0, self._key(ids.HISTORY_DATA)):
            records.append(self._seals.open(ids.HISTORY_DATA, told[1]))
        return records


def show(pump: PumpClient, amount: float | None) -> None:
    """Print the pump's status, give a bolus if asked, print the history."""
    status = pump.status()
    print(f"{status.therapy_control_state.name}, {status.reservoir_remaining} U in the reservoir", flush=True)
    if amount is not None:
        bolus_id = pump.bolus(amount)
        print(f"bolus {bolus_id} of {amount:g} U has begun", flush=True)
        while bolus_id in pump.running_boluses():
            if told := pump.next_status(timeout=5):
                print(f"  {told.reservoir_remaining} U in the reservoir", flush=True)
        print(f"bolus {bolus_id} has ended", flush=True)
    for record in pump.history():
        print(f"{record.sequence_number:5d} +{record.relative_offset:5d} s  {record.event}")
    print(f"{IDS.name}: complete")


def main(port: str, amount: float | None) -> int:
    """0 when everything went well; 1 and one sentence when not, 2 where there is no pump at the port."""
    try:
        with SerialClient(port) as link:
            check_kind("pump", {key.service for key in link.characteristics})
            show(PumpClient(link), amount)
    except (TimeoutError, AttError, WireError, PumpRefused) as error:
        print(f"{port}: {error}", file=sys.stderr)
        return 1
    except (WrongDevice, NoCharacteristic) as error:
        print(f"{port}: {error}", file=sys.stderr)
        return 2
    except (serial.SerialException, ValueError) as error:
        why = f": {os.strerror(error.errno)}" if isinstance(error, OSError) and error.errno else ""
        print(f"{port}: expected a serial port that can be opened, or an address that pyserial knows{why}", file=sys.stderr)
        return 2
    return 0


def units(text: str) -> float:
    """An amount of insulin, U. Raises ``ValueError``."""
    amount = float(text)
    if not 0 < amount <= MOST_UNITS:
        raise ValueError
    return amount


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Drive a pump over its serial link.")
    parser.add_argument("port", help="the pump's serial port, as `isletbench up` names it")
    parser.add_argument("--bolus", type=units, help="give a fast bolus of this many units")
    arguments = parser.parse_args()
    sys.exit(main(arguments.port, arguments.bolus))
