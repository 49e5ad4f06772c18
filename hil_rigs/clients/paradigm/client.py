"""A careful client of a Paradigm pump: it looks before it acts, and concludes nothing from silence."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.hil_rigs.clients.paradigm.clock import PumpClock
from isletbench.hil_rigs.clients.paradigm.pump import ATTEMPTS, NoAnswer, NotSent, Pump, Refusal
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
NO_POWER = frozenset({events.AlarmCode.BATTERY_DEPLETED, events.AlarmCode.BATTERY_OUT_LIMIT})
"""Alarms of a pump that cannot deliver any more."""
SILENT_TURNS = 3
"""After so many turns without an answer the user is told."""
BOLUSES = (insulin.BolusTenths, insulin.BolusFortieths)
KNOWN = 6
"""By so many records in a row it finds where it has stopped to read."""
READS_S = 300.0
"""How often it reads the history, for boluses that somebody else has given."""


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
        self, pump: Pump, report: Callable[[Mapping[str, Any]], None], wanted: Iterable[Mapping[str, Any]], began: float
    ) -> None:
        self.pump = pump
        self._report = report
        self.on_failure: Callable[[BaseException], None] = lambda error: None
        """Called with the error of every turn without an answer."""
        self._wanted = [Wanted(began + one["at"], one["do"], float(one.get("units", 0))) for one in wanted]
        self.doses: list[Dose] = []
        self._alerts: set[str] = set()
        self.silent_turns = 0
        self._alarm: events.AlarmCode | None = None
        self._to_read = True
        """Whether the history may hold boluses that are not on the books."""
        self._read_at = now()
        """When the history was last read."""
        self.clock = PumpClock(pump)
        self._known: list[Any] = []
        """The records that were read last, oldest first."""

    async def run(self) -> None:
        """Run until cancelled."""
        self._report({"belief": "reports", "kinds": ["dose", "alert"]})
        while True:
            try:
                await self.turn()
                self.silent_turns = 0
                self.alert("unreachable", on=False)
            except (NoAnswer, OSError) as error:
                self.on_failure(error)
                self.silent_turns += 1
                self.alert("unreachable", on=self.silent_turns >= SILENT_TURNS)
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
        await self._watch_clock()
        if now() - self._read_at >= READS_S:
            self._to_read = True
            await self._watch_battery()
        if not status.bolusing and (self.has_question or self._to_read):
            await self.resolve()
        self._to_read = self._to_read or bool(status.bolusing)
        for one in [one for one in self._wanted if one.at <= now()]:
            await self._do(one, status)

    async def _watch_alarms(self) -> None:
        code = (await self.pump.read(Opcode.ERROR_STATUS, answers.ErrorStatus)).code
        self.alert("occlusion", on=code == events.AlarmCode.NO_DELIVERY)
        self.alert("reservoir", on=code == events.AlarmCode.EMPTY_RESERVOIR)
        self.alert("no_delivery", on=code in NO_POWER)
        known = {0, events.AlarmCode.NO_DELIVERY, events.AlarmCode.EMPTY_RESERVOIR, *NO_POWER}
        self.alert("pump_fault", on=code not in known)
        self._alarm = events.AlarmCode(code) if code in set(events.AlarmCode) else None

    async def _watch_clock(self) -> None:
        await self.clock.read()
        if self.clock.moved < timedelta():  # what is recorded from now on seems older than the command that caused it
            for dose in [dose for dose in self.doses if not dose.is_over]:
                dose.shown += self.clock.moved
        self.alert("clock", on=self.clock.is_wrong)

    async def _watch_battery(self) -> None:
        battery = await self.pump.read(Opcode.BATTERY, answers.Battery)
        self.alert("battery", on=bool(battery.low))

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
            case "set_clock":
                await self._set_clock(one)
            case _:
                self._settled(one)

    async def _set_clock(self, one: Wanted) -> None:
        """Set the clock, once; what it shows then says whether it is right."""
        self._settled(one)
        try:
            await self.clock.set_right()
        except Refusal:
            self.alert("refused")
        await self._watch_clock()

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
        shown = await self.clock.read()
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
        shown = await self.clock.read()
        for record in await self.new_records():
            if isinstance(record, BOLUSES):
                self._book(record, (shown - record.at).total_seconds())
        for dose in [dose for dose in self.doses if not dose.is_over]:
            self._never_given(dose, Wanted(dose.began, "bolus", dose.requested))
        self._to_read, self._read_at = False, now()
        self.alert("uncertain_dose", on=False)

    async def new_records(self) -> list[Any]:
        """The records that have come since it last read: those of the newest page, and of older ones where that is new from its
        begin on. Stamps do not tell: a clock that is set back shows the same hour twice."""
        found, page = await self.pump.history(), 0
        while (new := self._after_known(found)) is None and page < await self._oldest_page():
            page += 1
            found = await self.pump.history(page) + found
        self._known = found[-KNOWN:]
        return found if new is None else new

    def _after_known(self, found: list[Any]) -> list[Any] | None:
        """What follows the records that were read last; None where these are further back."""
        for begin in range(len(found) - len(self._known), -1, -1):
            if self._known and found[begin : begin + len(self._known)] == self._known:
                return found[begin + len(self._known) :]
        return None

    async def _oldest_page(self) -> int:
        return (await self.pump.read(Opcode.LAST_HISTORY_PAGE, answers.LastHistoryPage)).number

    def _book(self, record: Any, age: float) -> None:
        """Put a bolus of the pump's on the books: it is the one that is in question, or somebody else's."""
        strokes = self.pump.generation.strokes
        dose = next((one for one in self.doses if not one.is_over and record.at >= one.shown - CLOCK_GRAIN), None)
        if dose is None or not 0 <= dose.requested * strokes - record.programmed < STEP * strokes:
            self.book_other(record, age)
        else:
            self._over(dose, record)

    def book_other(self, record: Any, age: float) -> None:
        """Put a bolus on the books that somebody else has given, so many seconds ago."""
        strokes = self.pump.generation.strokes
        dose = Dose(f"dose-{len(self.doses) + 1}", record.programmed / strokes, now() - max(0.0, age), record.at)
        self.doses.append(dose)
        self._over(dose, record)

    def _over(self, dose: Dose, record: Any) -> None:
        dose.units, dose.certain, dose.is_over = self.delivered(record), True, True
        self.tell(dose)

    def delivered(self, record: Any) -> float:
        """How much of a bolus was delivered, U."""
        return float(record.delivered / self.pump.generation.strokes)

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
