"""A machine's agenda knows what is due next, and asks a deadline again only when its part has said that it may have changed."""

from dataclasses import dataclass

import pytest

from isletbench.emulator.core.agenda import Agenda, Timed, decides_deadline


@decides_deadline("due")
@dataclass(slots=True)
class Part(Timed):
    """A part with one deadline."""

    due: int | None = None
    colour: str = "red"
    asked: int = 0

    def deadline(self) -> int | None:
        self.asked += 1
        return self.due


def made(*dues: int | None) -> tuple[Agenda, list[Part]]:
    parts = [Part(due) for due in dues]
    agenda = Agenda([part.deadline for part in parts])
    for place, part in enumerate(parts):
        agenda.watch(part, [place])
    return agenda, parts


def test_the_next_deadline_is_the_earliest_of_all() -> None:
    assert made(30, None, 20)[0].next == 20
    assert made(None, None)[0].next is None
    assert made()[0].next is None or made(None)[0].next is None


def test_a_deadline_is_asked_once_until_its_part_says_that_it_has_changed() -> None:
    agenda, parts = made(30, 20, 40)
    for _ in range(100):
        assert agenda.next == 20
    assert [part.asked for part in parts] == [1, 1, 1]
    parts[2].due = 10
    parts[0].colour = "blue"
    assert [agenda.next, agenda.next] == [10, 10]
    assert [part.asked for part in parts] == [1, 1, 2]
    parts[2].due = None
    assert agenda.next == 20


def test_of_deadlines_at_one_instant_the_first_in_order_is_due_first() -> None:
    agenda, parts = made(20, 10, 10)
    assert agenda.due(9) is None
    assert agenda.due(10) == 1
    assert agenda.at(1) == 10
    parts[1].due = None
    assert agenda.due(10) == 2
    parts[2].due = 30
    assert agenda.due(10) is None
    assert agenda.due(20) == 0


def test_whether_a_place_is_due_follows_what_happened_just_before() -> None:
    agenda, parts = made(10, 20)
    assert (agenda.is_due(0, 10), agenda.is_due(1, 10)) == (True, False)
    parts[0].due, parts[1].due = None, 5
    assert (agenda.is_due(0, 10), agenda.is_due(1, 10)) == (False, True)
    assert agenda.next == 5


def test_a_part_that_nobody_watches_can_be_changed() -> None:
    part = Part(1)
    part.due = 2
    part.retimed()
    assert part.due == 2


def test_a_part_with_several_deadlines_has_all_of_them_asked_again() -> None:
    part = Part(1)
    asked: list[str] = []

    def deadline(name: str, instant: int) -> int:
        asked.append(name)
        return instant

    agenda = Agenda([lambda: deadline("a", 5), lambda: deadline("b", 6), lambda: deadline("c", 7)])
    agenda.watch(part, [0, 2])
    assert agenda.next == 5
    asked.clear()
    part.due = 9
    assert agenda.next == 5
    assert sorted(asked) == ["a", "c"]


def test_a_field_that_is_not_there_cannot_decide_a_deadline() -> None:
    with pytest.raises(KeyError):
        decides_deadline("none")(Part)
