"""A client of a pump, and what the tests of its service ask for again and again."""

from dataclasses import replace
from datetime import datetime

from isletbench.emulator.core.quantities import Insulin, seconds, units
from isletbench.emulator.endpoints.ids.history import rendered
from isletbench.emulator.endpoints.ids.service import pump_endpoint
from isletbench.emulator.pump.machine import Pump
from isletbench.emulator.pump.profile import PROFILES, PumpProfile
from isletbench.protocols import ids
from isletbench.protocols.ids import BolusType, Feature, HistoryRecord, TherapyControlState
from isletbench.protocols.racp import IDS, Operation, Operator, Outcome, Request, Selection
from isletbench.protocols.racp import Response as RacpResponse
from tests.harness.client import Talk

PROFILE = PROFILES["generic"]
BARE = replace(PROFILE, features=PROFILE.features & ~Feature.E2E_PROTECTION)
EPOCH = datetime(2026, 1, 1, 8)  # noqa: DTZ001  # a device's calendar has no zone
READER, COMMAND, DATA = ids.STATUS_READER_POINT, ids.COMMAND_POINT, ids.COMMAND_DATA_VALUE
RACP, HISTORY = ids.RECORD_ACCESS, ids.HISTORY_DATA
FULL = units(200)
STOP, PAUSE, RUN = TherapyControlState.STOP, TherapyControlState.PAUSE, TherapyControlState.RUN


def talk(profile: PumpProfile = PROFILE, *, rate: str = "0", reservoir: Insulin = FULL) -> Talk:
    pump = Pump(profile, epoch=EPOCH, basal=[(0, units(rate))], reservoir=reservoir, seed=1)
    made = Talk(pump_endpoint("pump", pump, "IB-Pump"), ids.SERVICE, protected=profile.protected)
    made.subscribe(READER, COMMAND, DATA, RACP, HISTORY)
    return made


def pump_of(made: Talk) -> Pump:
    assert isinstance(made.device.machine, Pump)
    return made.device.machine


def records_of(pump: Pump) -> list[HistoryRecord]:
    """The readable history of a pump as IDS renders it, damage left aside."""
    return [rendered(entry) for entry in pump.history.entries]


def bolus(amount: float, **options: object) -> ids.SetBolus:
    return ids.SetBolus(BolusType.FAST, amount, 0.0, 0, **options)  # type: ignore[arg-type]  # the packet's own names


def history(
    made: Talk, operator: Operator = Operator.ALL, low: int | None = None, chosen: int | None = None
) -> list[HistoryRecord]:
    made.heard(HISTORY)
    made.write(RACP, Request(Operation.REPORT, Selection(operator, chosen, low)))
    made.pass_to(made.now + seconds(60))
    (answer,) = made.heard(RACP)
    assert made.e2e.open(RACP, answer) == RacpResponse(IDS.opcodes[Operation.REPORT], Outcome.SUCCESS)
    return [made.e2e.open(HISTORY, value) for value in made.heard(HISTORY)]


def events(made: Talk, kind: type) -> list[object]:
    return [record.event for record in history(made) if isinstance(record.event, kind)]
