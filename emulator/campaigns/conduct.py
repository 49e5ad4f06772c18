"""Playing a campaign: what is in the store is skipped, the rest is given to a crew, and each result is stored as it comes."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from typing import Any

from isletbench.emulator.campaigns.campaign import Campaign, CampaignError
from isletbench.emulator.campaigns.cell import Cell, origin_of
from isletbench.emulator.campaigns.executors import Crew
from isletbench.emulator.campaigns.play import key_of, without_a_run
from isletbench.emulator.campaigns.result import Outcome, Result
from isletbench.emulator.campaigns.space import Space, bases, counting, probe, space_of, swept
from isletbench.emulator.campaigns.store import Store
from isletbench.emulator.campaigns.worker import CannotPlay, Order, Report, report_of
from isletbench.emulator.core.clock import wall_seconds

LOOK_S = 1.0
"""How often whoever waits for results is asked whether to go on, of the world's time."""
ATTEMPTS = 2
"""How often a cell is given to somebody before it is recorded as lost."""
AHEAD = 2
"""How many orders per worker are given out at the same time: none waits, and few are lost when all is ended."""


@dataclass(slots=True)
class Tally:
    """What has been done."""

    planned: int = 0
    """The cells of the campaign, or those that were drawn, times the repetitions."""
    known: int = 0
    """How many of them were in the store."""
    known_not_passed: int = 0
    """How many cells were in the store of which a run did not pass."""
    outcomes: dict[Outcome, int] = field(default_factory=dict)
    """How many of each were played now."""
    ended_by: str = ""
    """What has ended it before all was played: a budget."""

    @property
    def played(self) -> int:
        """How many were played now."""
        return sum(self.outcomes.values())


def _orders(crew: Crew, given: Iterator[Order], until: Callable[[], bool]) -> Iterator[tuple[Order, Report | str]]:
    """Give out orders until there are no more or it is time; each with its report, or with why it was lost.

    Raises ``CannotPlay``.
    """
    waiting: dict[Future[str], tuple[Order, int]] = {}
    again: deque[tuple[Order, int]] = deque()
    over = False
    while True:
        while len(waiting) < crew.at_once * AHEAD and not over:
            if again:
                order, attempt = again.popleft()
            elif until() or (following := next(given, None)) is None:
                over = True
                break
            else:
                order, attempt = following, 1
            waiting[crew.submit(order.to_line())] = order, attempt
        if not waiting and not again:
            return
        over = over and not again
        done, _ = wait(waiting, LOOK_S, FIRST_COMPLETED)
        for future in done:
            order, attempt = waiting.pop(future)
            try:
                yield order, report_of(future.result())
            except CannotPlay:
                raise
            except Exception as error:  # whatever a cluster says of a worker that is gone
                if attempt < ATTEMPTS:
                    again.append((order, attempt + 1))
                    over = False
                else:
                    yield order, str(error) or type(error).__name__


def _matched(order: Order, report: Report | str) -> Mapping[str, int]:
    """How many messages each fault has matched in a run that was to count them. Raises ``CampaignError``."""
    if isinstance(report, Report) and report.matched is not None:
        return report.matched
    why = report if isinstance(report, str) else " ".join([report.result.why, *report.result.output.splitlines()[-1:]])
    raise CampaignError(f"{origin_of(order.cell)}: every_exchange: the messages of its run cannot be counted: {why}")


def plan(campaign: Campaign, crew: Crew) -> Space:
    """The cells of a campaign; with ``every_exchange`` each of its bases is played once, to count its messages.

    Raises ``RigError`` for what cannot be played.
    """
    found = bases(campaign)
    for base in found:
        key_of(base)  # what is wrong with it is found before anything is played
    counts: dict[int, list[tuple[dict[str, Any], int]]] = {}
    if campaign.every_exchange:
        faults = [swept(campaign, base) for base in found]
        orders = [Order(counting(base, each)) for base, each in zip(found, faults, strict=True)]
        numbers = {order.to_line(): number for number, order in enumerate(orders)}
        for order, report in _orders(crew, iter(orders), lambda: False):
            number = numbers[order.to_line()]
            matched = _matched(order, report)
            counts[number] = [(fault, matched.get(probe(place), 0)) for place, fault in enumerate(faults[number])]
    return space_of(campaign, found, counts)


def chosen(campaign: Campaign, space: Space) -> Sequence[Cell]:
    """The cells of a campaign that are played: all, or those that are drawn."""
    return space if campaign.sample is None else space.drawn(campaign.sample.cells, campaign.sample.seed)


def conduct(
    campaign: Campaign,
    cells: Sequence[Cell],
    store: Store,
    crew: Crew,
    notice: Callable[[Tally, Result | None], None] = lambda tally, result: None,
) -> Tally:
    """Play the cells that are not in the store. ``notice`` is called at the beginning, and with every result.

    Whatever interrupts it, what is finished is in the store. Raises ``CannotPlay``.
    """
    known, not_passed, began = store.repetitions(), store.not_passed(), wall_seconds()
    tally = Tally(planned=len(cells) * campaign.repeat)
    budget = campaign.budget
    limit = None if campaign.limit is None else campaign.limit / 1_000
    given = 0

    def missing() -> Iterator[Order]:
        nonlocal given
        for cell in cells:
            key = key_of(cell)
            there = min(known.get(key, 0), campaign.repeat)
            tally.known += there
            tally.known_not_passed += key in not_passed
            for _ in range(campaign.repeat - there):
                given += 1
                yield Order(cell, limit, keep_all=campaign.repeat > 1)

    def until() -> bool:
        if budget.cells is not None and given >= budget.cells:
            tally.ended_by = f"{budget.cells} cells"
        elif budget.minutes is not None and wall_seconds() - began >= budget.minutes * 60:
            tally.ended_by = f"{budget.minutes:g} minutes"
        return bool(tally.ended_by)

    notice(tally, None)
    for order, report in _orders(crew, missing(), until):
        kept = Report(without_a_run(order.cell, Outcome.LOST, report)) if isinstance(report, str) else report
        store.add(kept)
        tally.outcomes[kept.result.outcome] = tally.outcomes.get(kept.result.outcome, 0) + 1
        notice(tally, kept.result)
    return tally
