"""Playing a campaign: what is known is skipped, what is lost is tried again, what is finished is kept."""

import errno
import json
from pathlib import Path

import pytest

from isletbench.emulator.campaigns import worker
from isletbench.emulator.campaigns.conduct import Tally, conduct
from isletbench.emulator.campaigns.result import Outcome, Result
from isletbench.emulator.campaigns.space import Space, bases, space_of
from isletbench.emulator.campaigns.store import Store
from isletbench.emulator.campaigns.worker import CannotPlay, Order, WorkerLost, _answer, report_of
from isletbench.emulator.interfaces.control import controlled
from tests.harness.campaigns import campaign, crew, failed, result

CAMPAIGN = campaign(scenarios=["DLV-0[1-5]"], over=["serial"], seeds=[1, 2])


def cells() -> Space:
    return space_of(CAMPAIGN, bases(CAMPAIGN), {})


def passes(order: Order) -> Result:
    return result(order.cell)


def test_what_is_in_the_store_is_not_played_again(tmp_path: Path) -> None:
    played: list[Order] = []

    def play(order: Order) -> Result:
        played.append(order)
        return result(order.cell)

    few = CAMPAIGN.model_copy(update={"budget": CAMPAIGN.budget.model_copy(update={"cells": 4})})
    with Store(tmp_path / "a.db") as store:
        first = conduct(few, cells(), store, crew(play))
        assert (first.planned, first.known, first.played, first.ended_by) == (10, 0, 4, "4 cells")
    with Store(tmp_path / "a.db") as store:
        second = conduct(CAMPAIGN, cells(), store, crew(play))
        assert (second.planned, second.known, second.played, second.ended_by) == (10, 4, 6, "")
    assert len({order.to_line() for order in played}) == len(played) == 10


def test_a_cell_is_tried_once_more_and_then_recorded_as_lost(tmp_path: Path) -> None:
    tries: list[int | None] = []

    def play(order: Order) -> Result:
        tries.append(order.cell.seed)
        if order.cell.scenario == "DLV-03" and (order.cell.seed == 1 or tries.count(2) == 3):
            raise WorkerLost("the worker ended with exit code -9")
        return result(order.cell)

    with Store(tmp_path / "a.db") as store:
        tally = conduct(CAMPAIGN, cells(), store, crew(play))
        assert tally.outcomes == {Outcome.PASSED: 9, Outcome.LOST: 1}
        (lost,) = [one for one in store.results() if one.outcome is Outcome.LOST]
        assert (lost.scenario, lost.why) == ("DLV-03", "the worker ended with exit code -9")
        again = conduct(CAMPAIGN, cells(), store, crew(passes))
        assert (again.known, again.played) == (9, 1), "what is lost is played by the next call"
        assert Outcome.LOST not in {one.outcome for one in store.results()}


def test_whatever_interrupts_it_what_is_finished_is_kept(tmp_path: Path) -> None:
    class SignalCameError(BaseException):
        pass

    def notice(tally: Tally, last: Result | None) -> None:
        if tally.played == 3:
            raise SignalCameError

    with Store(tmp_path / "a.db") as store, pytest.raises(SignalCameError):
        conduct(CAMPAIGN, cells(), store, crew(passes), notice)
    with Store(tmp_path / "a.db") as store:
        assert len(list(store.results())) == 3


def test_a_cell_that_cannot_be_played_ends_the_campaign_with_its_sentence(tmp_path: Path) -> None:
    def play(order: Order) -> Result:
        raise CannotPlay("client 'x': expected package.module:function")

    with Store(tmp_path / "a.db") as store, pytest.raises(CannotPlay, match="client 'x'"):
        conduct(CAMPAIGN, cells(), store, crew(play))


def test_a_client_that_cannot_be_started_is_one_sentence_without_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def play(*given: object) -> None:
        raise OSError(errno.ENOENT, "the client cannot be started: No such file or directory: x")

    monkeypatch.setattr(worker, "play_apart", play)
    given = json.dumps(_answer(Order(bases(CAMPAIGN)[0]), controlled))
    with pytest.raises(CannotPlay, match=r"^the client cannot be started: No such file or directory: x$"):
        report_of(given)


def test_repetitions_are_played_until_there_are_as_many(tmp_path: Path) -> None:
    with Store(tmp_path / "a.db") as store:
        conduct(CAMPAIGN, cells(), store, crew(passes))
        tally = conduct(CAMPAIGN.model_copy(update={"repeat": 3}), cells(), store, crew(passes))
        assert (tally.planned, tally.known, tally.played) == (30, 10, 20)
        assert {one.repetition for one in store.results()} == {1, 2, 3}


def test_another_version_of_the_client_is_played_anew(tmp_path: Path) -> None:
    newer = campaign(scenarios=["DLV-01"], over=["serial"], client=[{"command": ["a.b:c"], "version": "2"}])
    older = campaign(scenarios=["DLV-01"], over=["serial"], client=[{"command": ["a.b:c"], "version": "1"}])
    with Store(tmp_path / "a.db") as store:
        for one, play in ((older, passes), (newer, lambda order: failed(order.cell))):
            assert conduct(one, space_of(one, bases(one), {}), store, crew(play)).played == 1
