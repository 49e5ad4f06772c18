"""What a client asks of a pump against what its user wants: kind, amount, duration and number, in every scenario that there is.

A scenario need not demand it: whoever wants one unit is not to be given ten, in whatever way the link fails meanwhile. A client
that closes the loop gives boluses that nobody has asked for: each of them has to be explained, by a decision of its amount that
was reported at about its time, or by a meal that the scenario announces.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from isletbench.emulator.core.notes import Decoded
from isletbench.emulator.core.quantities import Instant, Span, clock, rounded, shown
from isletbench.emulator.journal.beliefs import Decision
from isletbench.emulator.journal.conversation import Conversation, Exchange
from isletbench.emulator.pump.events import PrimedIntoBody, TherapyChanged
from isletbench.emulator.scenarios.checks.declared import Excuse, Finding
from isletbench.emulator.scenarios.checks.queries import SLACK, boluses, requests
from isletbench.emulator.scenarios.scenario import Intent, Scenario
from isletbench.protocols import ids
from isletbench.protocols.errors import Unencodable, WireError

NAME = "keeps_to_intents"
"""What findings are listed under, beside the checks."""
STEP = Decimal("0.05")
"""By so much (U) an amount may differ from what is wanted: pumps deliver in steps, and a client rounds to them."""
TOO_LATE: Span = 1_800_000
"""A bolus that could not be given for so long need not be given any more: its user has eaten, or has not."""
LONG_ENOUGH: Span = 600_000
"""How long a client has to be connected to a pump that could give a bolus, before it is said to have neglected it."""
LATE: Span = 1_200_000
"""The same for a bolus that is asked for in the end: a pump that leaves ten requests in a row without an answer keeps a right
client busy for half of it."""
LONGEST_STOP: Span = 1_800_000
"""So long a client may stop therapy that nobody has asked it to stop, as in place of a temp basal of 0."""
DECIDED_BEFORE: Span = 180_000
"""So long before a bolus its decision may have been reported: other commands, and their timeouts, may come in between."""
MOST_FOR_A_MEAL = Decimal(2)
"""A bolus for a meal is at most so many times what its carbohydrate needs: the rest of it corrects glucose."""
LEAST_CARB_RATIO = Decimal(5)
"""Grams for 1 U of somebody whose settings nobody knows: few need more insulin."""


@dataclass(slots=True)
class _Wanted:
    """A bolus that the user wants, and what has become of that."""

    intent: Intent
    withdrawn: Instant | None
    """When the user has stopped the pump or cancelled the bolus."""
    asked: Instant | None = None
    """When a client has asked for it first, or for something in its place."""
    given: list[Instant] = field(default_factory=list)

    def is_open(self, at: Instant) -> bool:
        """Whether it is still wanted at an instant: it was not given, and not withdrawn."""
        return not self.given and (self.withdrawn is None or at <= self.withdrawn + SLACK)

    def matches(self, asked: ids.SetBolus) -> bool:
        """Whether it is what a client asks for."""
        units, minutes = self.intent.units or Decimal(0), (self.intent.lasts or 0) // 60_000
        fast, extended = (Decimal(0), units) if minutes else (units, Decimal(0))
        amounts = ((asked.fast_amount, fast), (asked.extended_amount, extended))
        is_now = not asked.delay_time and asked.duration == minutes
        return is_now and all(abs(_units(one) - other) <= STEP for one, other in amounts)


def unwanted(scenario: Scenario, conversation: Conversation) -> Iterator[Finding]:
    """What a client asks of a pump that its user does not want."""
    wanted = [_Wanted(intent, _withdrawn(scenario, intent)) for intent in scenario.intent if intent.do == "bolus"]
    reasons = _reasons(scenario, conversation)
    # of a client that closes the loop and does not report its decisions, nobody can say which bolus it has decided on
    is_judged = scenario.person is None or any(True for _ in conversation.reported(Decision))
    for exchange in conversation.exchanges:
        command = _command(exchange)
        if isinstance(command, ids.SetBolus) and is_judged:
            yield from _bolus(exchange, command, wanted, reasons)
        elif isinstance(command, ids.StartPriming):
            yield from _priming(exchange, command, scenario)
        elif isinstance(command, ids.SetTherapyControlState):
            yield from _stop(exchange, command, scenario, conversation)
    for one in wanted:
        yield from _neglected(one, conversation)
    pulses = list(conversation.events(PrimedIntoBody))
    if pulses:
        units = Decimal(sum(entry.event.uu for entry in pulses)) / 1_000_000
        yield Finding(pulses[0].at, 0, f"{units} U were primed from {clock(pulses[0].at)} on through a set that is in the body")


def _withdrawn(scenario: Scenario, bolus: Intent) -> Instant | None:
    ends = (one.at for one in scenario.intent if one.do in {"cancel_bolus", "stop"} and one.at >= bolus.at)
    return min(ends, default=None)


def _command(exchange: Exchange) -> object:
    """The operation that a client has sent to a pump's command control point; None for anything else."""
    if not requests(exchange, ("SetBolus", "StartPriming", "SetTherapyControlState")):
        return None
    for note in exchange.notes:
        if isinstance(note, Decoded) and (meant := _operation(note)) is not None:
            return meant
    for protected in (True, False):
        try:
            decoded: object = ids.COMMAND_POINT.decode(exchange.request.octets, protected=protected)
        except WireError:
            continue
        return decoded
    return None


def _operation(decoded: Decoded) -> object:
    """The operation that a device has understood, whatever its protocol; None for what no service has."""
    if isinstance(decoded.operand, ids.SetBolus | ids.StartPriming | ids.SetTherapyControlState):
        return decoded.operand
    if not isinstance(decoded.operand, dict):
        return None
    try:
        found: object = ids.COMMAND.from_plain({"operation": decoded.operation, **decoded.operand})
    except Unencodable:
        return None
    return found


@dataclass(slots=True)
class _Reason:
    """Something that explains one bolus that nobody has asked for: a decision or a meal."""

    since: Instant
    until: Instant
    least: Decimal
    most: Decimal
    """U."""
    is_used: bool = False

    def explains(self, at: Instant, units: Decimal) -> bool:
        """Whether it explains a bolus of so many units at an instant."""
        return not self.is_used and self.since <= at <= self.until and self.least - STEP <= units <= self.most + STEP


def _reasons(scenario: Scenario, conversation: Conversation) -> list[_Reason]:
    """Everything that explains boluses which nobody has asked for."""
    decided = [(one.at, one.belief.bolus) for one in conversation.reported(Decision) if one.belief.bolus > 0]
    decisions = [_Reason(at - SLACK, at + DECIDED_BEFORE, units, units) for at, units in decided]
    eaten = [(one.at, Decimal(str(one.grams))) for one in scenario.intent if one.do == "meal"]
    ratio = _carb_ratio(scenario)
    return decisions + [_Reason(at - SLACK, at + TOO_LATE, STEP, MOST_FOR_A_MEAL * grams / ratio) for at, grams in eaten]


def _carb_ratio(scenario: Scenario) -> Decimal:
    """Grams of carbohydrate that 1 U covers, by the settings that the client is given."""
    if scenario.settings is None:
        return LEAST_CARB_RATIO
    settings = tomllib.loads(scenario.settings.read_text(encoding="utf-8"), parse_float=Decimal)
    return Decimal(settings["carb_ratio"])


def _bolus(exchange: Exchange, asked: ids.SetBolus, wanted: list[_Wanted], reasons: list[_Reason]) -> Iterator[Finding]:
    request = exchange.request
    begun = [one for one in wanted if one.intent.at - SLACK <= request.at]
    match = min((one for one in begun if one.is_open(request.at) and one.matches(asked)), key=_was_asked, default=None)
    if match is not None:
        match.asked = request.at if match.asked is None else match.asked
        if exchange.committed:
            match.given.append(request.at)
        return
    amount = _units(asked.fast_amount) + _units(asked.extended_amount)
    reason = next((one for one in reasons if one.explains(request.at, amount)), None)
    if reason is not None and not asked.duration and not asked.delay_time:
        reason.is_used = exchange.committed
        return
    if begun and begun[-1].asked is None:
        begun[-1].asked = request.at
    later = f" in {rounded(asked.delay_time * 60_000)}" if asked.delay_time else ""
    words = f"a bolus of {_described(amount, asked.duration)}{later} is asked for at {clock(request.at)}, and its user wants"
    yield Finding(request.at, request.line, f"{words} {_instead(request.at, begun)}")


def _was_asked(wanted: _Wanted) -> bool:
    return wanted.asked is not None


def _neglected(wanted: _Wanted, conversation: Conversation) -> Iterator[Finding]:
    """A bolus that was not asked for, though nothing spoke against it for long enough."""
    since = wanted.intent.at
    asked = conversation.ended if wanted.asked is None else wanted.asked
    until = min(since + TOO_LATE, asked, wanted.withdrawn or since + TOO_LATE)
    enough = LONG_ENOUGH if wanted.asked is None else LATE
    if any(end - begin >= enough for begin, end in _chances(conversation, since, until)):
        bolus = _described(wanted.intent.units or Decimal(0), (wanted.intent.lasts or 0) // 60_000)
        before = f" before {clock(asked)}" if wanted.asked is not None else ""
        words = f"its user wants a bolus of {bolus} at {clock(since)}, and nobody asks the pump for it{before}"
        yield Finding(until, 0, words, Excuse(since, until))


def _chances(conversation: Conversation, since: Instant, until: Instant) -> Iterator[tuple[Instant, Instant]]:
    """When a client was connected to a pump that ran and delivered no other bolus, within a time."""
    barred = [(one.began, one.ended) for one in boluses(conversation, None)]
    stopped: Instant | None = None
    for entry in conversation.events(TherapyChanged):
        if entry.event.state != "RUN":
            stopped = entry.at if stopped is None else stopped
        elif stopped is not None:
            barred.append((stopped, entry.at))
            stopped = None
    if stopped is not None:
        barred.append((stopped, conversation.ended))
    for connection in conversation.connections:
        begin = max(connection.began, since)
        end = min(until if connection.ended is None else connection.ended, until)
        for barred_from, barred_until in sorted(barred):
            if barred_until > begin and barred_from < end:
                yield begin, barred_from
                begin = barred_until
        yield begin, end


def _instead(at: Instant, begun: list[_Wanted]) -> str:
    """What the user wants at an instant, in words."""
    if not begun:
        return "none"
    last = begun[-1]
    bolus = _described(last.intent.units or Decimal(0), (last.intent.lasts or 0) // 60_000)
    if last.given:
        return f"no more: {bolus} was given at {clock(last.given[0])}"
    if not last.is_open(at):
        return f"none any more since {clock(last.withdrawn or 0)}"
    return f"{bolus}, since {clock(last.intent.at)}"


def _priming(exchange: Exchange, asked: ids.StartPriming, scenario: Scenario) -> Iterator[Finding]:
    request, units = exchange.request, _units(asked.amount)
    begun = [one for one in scenario.intent if one.do == "activate" and one.at - SLACK <= request.at]
    words = f"{_described(units, 0)} are to be primed at {clock(request.at)}, and its user wants"
    if not begun:
        yield Finding(request.at, request.line, f"{words} no priming")
    elif abs(units - (begun[-1].units or 0)) > STEP:
        yield Finding(request.at, request.line, f"{words} {_described(begun[-1].units or Decimal(0), 0)}")


def _stop(
    exchange: Exchange, asked: ids.SetTherapyControlState, scenario: Scenario, conversation: Conversation
) -> Iterator[Finding]:
    """Therapy that a client stops, that nobody wants to be stopped, and that stays so."""
    at = exchange.request.at
    is_wanted = any(one.do in {"stop", "activate"} and one.at - SLACK <= at for one in scenario.intent)
    if is_wanted or asked.state is ids.TherapyControlState.RUN or not exchange.committed:
        return
    changes = conversation.events(TherapyChanged, exchange.request.device)
    again = min((one.at for one in changes if one.at > at and one.event.state == "RUN"), default=conversation.ended)
    if again - at >= LONGEST_STOP:
        words = f"the client stops therapy from {clock(at)} to {clock(again)}, and its user has not asked for it"
        yield Finding(at, exchange.request.line, words)


def _units(amount: object) -> Decimal:
    """An amount, U; a special value counts as 0."""
    return Decimal(str(round(amount, 6))) if isinstance(amount, float) else Decimal(0)


def _described(units: Decimal, minutes: int) -> str:
    amount = f"{float(units):g} U"
    return f"{amount} over {shown(minutes * 60_000)}" if minutes else amount
