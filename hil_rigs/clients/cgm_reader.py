"""Read a CGM with bleak: scan, connect, pair, catch up on what it has stored, then follow its measurements.

Nothing in here knows of isletbench's radio: it runs on a real CGM with the Continuous Glucose Monitoring Service as well.

    isletbench bleak -- hil_rigs/clients/cgm_reader.py --readings 3
"""

import argparse
import asyncio
import sys
from collections.abc import Coroutine
from datetime import datetime
from typing import Any

from bleak import BleakClient, BleakScanner
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.exc import BleakError

from isletbench.protocols import cgms
from isletbench.protocols.cgms import Feature, Measurement
from isletbench.protocols.date_time import DateTime
from isletbench.protocols.e2e import split_records
from isletbench.protocols.errors import WireError
from isletbench.protocols.fields import DstOffset
from isletbench.protocols.racp import GENERIC, CountResponse, Operation, Operator, Request, Response, Selection


def uuid(number: int) -> str:
    """The 128-bit form that bleak speaks."""
    return f"{number:08x}-0000-1000-8000-00805f9b34fb"


class Reader:
    """One connection to one CGM."""

    def __init__(self, client: BleakClient, protected: bool) -> None:
        self._client, self._protected = client, protected
        self.measurements: asyncio.Queue[Measurement] = asyncio.Queue()
        self._answers: asyncio.Queue[bytes] = asyncio.Queue()

    @classmethod
    async def on(cls, client: BleakClient) -> "Reader":
        """Find out what the CGM can do, and listen."""
        value = bytes(await client.read_gatt_char(uuid(cgms.FEATURE.uuid)))
        protected = value[-2:] != b"\xff\xff"
        feature: cgms.FeatureValue = cgms.FEATURE.decode(value, protected=protected)
        if protected != (Feature.E2E_CRC in feature.features):
            raise BleakError("the CGM's features contradict themselves: E2E-CRC")
        reader = cls(client, protected)
        await client.start_notify(uuid(cgms.MEASUREMENT.uuid), reader._measured)
        await client.start_notify(uuid(cgms.RECORD_ACCESS.uuid), reader._answered)
        return reader

    def _measured(self, _: BleakGATTCharacteristic, value: bytearray) -> None:
        for record in split_records(bytes(value)):
            self.measurements.put_nowait(cgms.MEASUREMENT.decode(record, protected=self._protected))

    def _answered(self, _: BleakGATTCharacteristic, value: bytearray) -> None:
        self._answers.put_nowait(bytes(value))

    async def tell_time(self) -> None:
        """Tell the CGM what time it is, so that its records have dates."""
        now = cgms.SessionStartTime(DateTime.of(datetime.now()), None, DstOffset.UNKNOWN)  # noqa: DTZ005  # local, as it asks
        value = cgms.SESSION_START_TIME.encode(now, protected=self._protected)
        await self._client.write_gatt_char(uuid(cgms.SESSION_START_TIME.uuid), value, response=True)

    async def catch_up(self) -> Response | CountResponse:
        """Ask for every stored record; they come as measurements before this returns."""
        request = GENERIC.encode(Request(Operation.REPORT, Selection(Operator.ALL)))
        await self._client.write_gatt_char(uuid(cgms.RECORD_ACCESS.uuid), request, response=True)
        return GENERIC.decode_answer(await asyncio.wait_for(self._answers.get(), 30))


async def main(readings: int, name: str | None) -> int:
    """Print ``readings`` live measurements; 1 when there is no CGM."""
    print("scanning ...", flush=True)
    device = await BleakScanner.find_device_by_filter(
        lambda device, said: uuid(cgms.SERVICE) in said.service_uuids and name in (None, said.local_name), timeout=10
    )
    if device is None:
        print("no CGM found", file=sys.stderr)
        return 1
    async with BleakClient(device) as client:
        print(f"connected to {client.name} ({client.address}), pairing", flush=True)
        await client.pair()
        reader = await Reader.on(client)
        await reader.tell_time()
        ended = await reader.catch_up()
        stored = reader.measurements.qsize()
        print(f"{stored} stored: {ended}", flush=True)
        for count in range(stored + readings):
            measured = await reader.measurements.get()
            kind = "stored" if count < stored else "live"
            print(f"{kind} {measured.time_offset:5d} min  {measured.glucose} mg/dL  trend {measured.trend}", flush=True)
    return 0


def said(work: Coroutine[Any, Any, int]) -> int:
    """The exit code of this work; what goes wrong with the radio or the CGM is one sentence."""
    try:
        return asyncio.run(work)
    except (BleakError, WireError, TimeoutError, OSError) as error:
        print(str(error) or "no answer in time", file=sys.stderr)
        return 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Read a CGM over Bluetooth LE.")
    parser.add_argument("--readings", type=int, default=3, help="how many live measurements to wait for")
    parser.add_argument("--name", help="the CGM's local name; any CGM when left out")
    arguments = parser.parse_args()
    sys.exit(said(main(arguments.readings, arguments.name)))
