"""A careful client of a Paradigm pump: it looks before it acts, and concludes nothing from silence."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.hil_rigs.clients.paradigm.messages import ATTEMPTS, Messages, NoAnswer, NotSent, Refusal
from isletbench.protocols.medtronic import answers, parameters
from isletbench.protocols.medtronic.opcodes import Generation, NakCode, Opcode
from isletbench.protocols.medtronic.records import events, insulin

TURN_S = 60.0
"""How often it looks at the pump."""
RUNNING_S = 15.0
"""How often it does while a bolus is delivered, or may be."""
WAITS_S = 1_800.0
"""A bolus that could not be given for so long is given up: its user has eaten, or has not."""
CLOCK_GRAIN = timedelta(seconds=5)
"""By so much a record may seem to be older than the command that caused it."""
STEP = 0.11
"""By less than so much (U) a pump rounds a bolus down to the amounts that it can deliver."""
SILENT_TURNS = 3
"""After so many turns without an answer the user is told."""


@dataclass(slots=True)
class Wanted:
    """What the user wants from an instant on (s, by the loop's clock)."""

    at: float
    do: str
    units: float = 0.0


@dataclass(slots=True)
class Dose:
    """A bolus that the pump was asked for, and what is known of it."""

    id: str
    requested: float
    began: float
    shown: datetime
    """What the pump's clock showed just before."""
    units: float = 0.0
    certain: bool = False
    is_over: bool = False


class Client:
    """The client. ``report`` takes its beliefs."""

    def __init__(
        self, pump: Messages, report: Callable[[Mapping[str, Any]], None], wanted: Iterable[Mapping[str, Any]], began: float
    ) -> None:
        self.pump = pump
        self._report = report
        self._wanted = [Wanted(began + one["at"], one["do"], float(one.get("units", 0))) for one in wanted]
        self.doses: list[Dose] = []
        self._alerts: set[str] = set()
        self._silent = 0
        self._alarm: events.AlarmCode | None = None
        self._to_read = True
        """Whether the history may hold boluses that are not on the books."""
        self._read: set[datetime] = set()
        """The stamps of the boluses that are."""

    async def run(self) -> None:
        """Run until cancelled."""
        self._report({"belief": "reports", "kinds": ["dose", "alert"]})
        while True:
            try:
                await self.turn()
                self._silent = 0
                self.alert("no_answer", on=False)
            except (NoAnswer, OSError):
                self._silent += 1
                self.alert("no_answer", on=self._silent >= SILENT_TURNS)
            except Refusal:
                pass
            await asyncio.sleep(self._pause())

    def _pause(self) -> float:
        """How long until it looks again, s."""
        pause = RUNNING_S if any(not dose.is_over for dose in self.doses) else TURN_S
        nexts = [one.at - now() for one in self._wanted if one.at > now()]
        return max(1.0, min([pause, *nexts]))

    async def turn(self) -> None:
        """Look at the pump, then do what is due."""
        await self.pump.wake()
        status = await self.pump.read(Opcode.STATUS, answers.Status)
        self.alert("suspended", on=bool(status.suspended))
        await self._watch_alarms()
        if not status.bolusing and (self.has_question or self._to_read):
            await self.resolve()
        self._to_read = self._to_read or bool(status.bolusing)
        for one in [one for one in self._wanted if one.at <= now()]:
            await self._do(one, status)

    async def _watch_alarms(self) -> None:
        code = (await self.pump.read(Opcode.ERROR_STATUS, answers.ErrorStatus)).code
        self.alert("occlusion", on=code == events.AlarmCode.NO_DELIVERY)
        self.alert("reservoir", on=code == events.AlarmCode.EMPTY_RESERVOIR)
        self.alert("pump_fault", on=code not in {0, events.AlarmCode.NO_DELIVERY, events.AlarmCode.EMPTY_RESERVOIR})
        self._alarm = events.AlarmCode(code) if code in set(events.AlarmCode) else None

    # What the user wants

    async def _do(self, one: Wanted, status: answers.Status) -> None:
        match one.do:
            case "bolus":
                await self._bolus_is_due(one, status)
            case "stop":
                await self._therapy(one, suspend=True)
            case "run":
                await self._therapy(one, suspend=False)
            case "cancel_bolus":
                if status.bolusing:
                    await self._therapy(one, suspend=True)
                    await self._therapy(one, suspend=False)
                self._settled(one)
            case "confirm":
                await self.pump.command(Opcode.BUTTON, parameters.Button(2))
                self._settled(one)
            case _:
                self._settled(one)

    def _settled(self, one: Wanted) -> None:
        if one in self._wanted:
            self._wanted.remove(one)

    async def _therapy(self, one: Wanted, *, suspend: bool) -> None:
        """Suspend or resume, and look whether it is so."""
        if suspend:
            self._wanted = [other for other in self._wanted if other.do != "bolus" or other.at > now()]
        for _ in range(ATTEMPTS):
            with suppress(NoAnswer):  # what the pump says of itself counts
                await self.pump.command(Opcode.SUSPEND, parameters.Suspend(int(suspend)))
            status = await self.pump.read(Opcode.STATUS, answers.Status)
            self.alert("suspended", on=bool(status.suspended))
            if bool(status.suspended) is suspend:
                self._settled(one)
                return
        raise NoAnswer("the pump does not do what it was told")

    async def _bolus_is_due(self, one: Wanted, status: answers.Status) -> None:
        if now() - one.at > WAITS_S:
            self._settled(one)
            self.alert("refused")
        elif status.suspended or self._alarm is not None:
            self.alert("refused")
        elif not status.bolusing and not self.has_question:
            await self.give(one)

    @property
    def has_question(self) -> bool:
        """Whether there is a dose that may be delivered, or may not."""
        return any(not dose.is_over for dose in self.doses)

    # Boluses

    async def give(self, one: Wanted) -> None:
        """Ask the pump for a bolus, once."""
        shown = (await self.pump.read(Opcode.CLOCK, answers.Clock)).to_datetime()
        dose = Dose(f"dose-{len(self.doses) + 1}", one.units, now(), shown)
        self.doses.append(dose)
        self.tell(dose)
        self._settled(one)
        try:
            await self.pump.command(Opcode.BOLUS, self.asked(one.units))
        except NotSent:
            self._never_given(dose, one)
            raise
        except NoAnswer:
            self.unanswered(dose)
            raise
        except Refusal as refusal:
            if refusal.code == NakCode.BOLUS_IN_PROGRESS:
                self.unanswered(dose)  # it may be this very bolus that is in progress, if the command has come twice
            else:
                self._never_given(dose, None)

    def asked(self, units: float) -> Any:
        """The parameters of a bolus, as the pump has strokes."""
        strokes = int(units * self.pump.generation.strokes + 1e-6)
        large = self.pump.generation is Generation.X23
        return parameters.BolusFortieths(strokes) if large else parameters.BolusTenths(strokes)

    def unanswered(self, dose: Dose) -> None:
        """The answer to a bolus has not come: nobody knows yet."""
        self.alert("uncertain_dose")

    def _never_given(self, dose: Dose, again: Wanted | None) -> None:
        dose.units, dose.certain, dose.is_over = 0.0, True, True
        self.tell(dose)
        if again is not None:
            self._wanted.insert(0, again)
        else:
            self.alert("refused")

    async def resolve(self) -> None:
        """Read in the history what has become of doses, and whose other boluses there are; the pump delivers none now."""
        shown = (await self.pump.read(Opcode.CLOCK, answers.Clock)).to_datetime()
        kinds = insulin.BolusTenths | insulin.BolusFortieths
        records = [one for one in await self.pump.history() if isinstance(one, kinds) and one.at not in self._read]
        for record in records:
            self._book(record, (shown - record.at).total_seconds())
        for dose in [dose for dose in self.doses if not dose.is_over]:
            self._never_given(dose, Wanted(dose.began, "bolus", dose.requested))
        self._to_read = False
        self.alert("uncertain_dose", on=False)

    def _book(self, record: Any, age: float) -> None:
        """Put a bolus of the pump's on the books: it is the one that is in question, or somebody else's."""
        self._read.add(record.at)
        strokes = self.pump.generation.strokes
        dose = next((one for one in self.doses if not one.is_over and record.at >= one.shown - CLOCK_GRAIN), None)
        if dose is None or not 0 <= dose.requested * strokes - record.programmed < STEP * strokes:
            name = f"dose-{len(self.doses) + 1}"
            dose = Dose(name, record.programmed / strokes, now() - age, record.at)
            self.doses.append(dose)
        dose.units, dose.certain, dose.is_over = record.delivered / strokes, True, True
        self.tell(dose)

    # What it tells

    def tell(self, dose: Dose) -> None:
        """Report a dose."""
        age = round(now() - dose.began, 3)
        belief = {"belief": "dose", "id": dose.id, "units": dose.units, "requested": dose.requested, "certain": dose.certain}
        self._report({**belief, "age": age})

    def alert(self, about: str, *, on: bool = True) -> None:
        """Notify the user, or stop to."""
        if on is not (about in self._alerts):
            self._alerts ^= {about}
            self._report({"belief": "alert", "about": about, "active": on})
