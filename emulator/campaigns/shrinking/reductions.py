"""What may be simpler about a scenario, as plain data: each reduction is a whole scenario, and smaller in one respect.

The order is that of what helps a reader most: first fewer things, then a shorter run, then a simpler rig, smaller amounts and
earlier instants.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, TypeAlias

from isletbench.emulator.campaigns.cell import cut
from isletbench.emulator.campaigns.strikes import Strike
from isletbench.emulator.core.quantities import parse_span, shown

Plain: TypeAlias = dict[str, Any]
THINGS = ("fault", "event", "intent", "restarts")
"""Lists of what happens in a scenario."""
INSTANTS = ("at", "after", "until")
"""Keys that are instants since the bench began, of what happens and of what must hold."""
DEFAULT_RIG = "default"
SHORTEST = 60_000
"""No run is made shorter than this, ms."""
COARSE = (60_000, 1_000)
"""To what instants and durations are rounded, ms: a minute where it does, else a second."""
_FIXED = frozenset({"at", "after", "until", "id", "port", "seed", "connection", "reading", "probability"})
"""Numbers that are no amounts."""


def reductions(plain: Plain, *, check: str, failed_at: int, strikes: Sequence[Strike] = ()) -> Iterator[Plain]:
    """Every scenario that is simpler in one respect, the boldest first. ``check`` is the one that has to go on failing,
    ``failed_at`` the instant of its finding, ms, and ``strikes`` the messages that its faults have struck."""
    yield from fewer_checks(plain, check)
    yield from fewer_things(plain)
    yield from named_messages(plain, strikes)
    yield from shorter_runs(plain, failed_at)
    yield from simpler_rigs(plain)
    yield from smaller_amounts(plain)
    yield from earlier_instants(plain)


def fewer_checks(plain: Plain, check: str) -> Iterator[Plain]:
    """Only the check that fails; then one less of each."""
    demanded = plain.get("expect", [])
    kept = [one for one in demanded if one.get("check") == check]
    if 0 < len(kept) < len(demanded):
        yield {**plain, "expect": kept}
    if len(demanded) > 1:
        yield from ({**plain, "expect": _without(demanded, number, 1)} for number in range(len(demanded)))


def fewer_things(plain: Plain) -> Iterator[Plain]:
    """Without all, a half, a quarter, ... of what happens."""
    for what in THINGS:
        there = plain.get(what, [])
        size = len(there)
        while size:
            for begin in range(0, len(there), size):
                yield _with(plain, what, _without(there, begin, size))
            size //= 2


def _without(there: list[Any], begin: int, size: int) -> list[Any]:
    return there[:begin] + there[begin + size :]


def _with(plain: Plain, what: str, there: list[Any]) -> Plain:
    """The scenario with other things; one that has none has no such key, and no traps for faults that are gone."""
    changed = {key: value for key, value in plain.items() if key != what} | ({what: there} if there else {})
    if what == "fault" and "traps" in changed:
        names = {fault.get("name") for fault in there}
        changed["traps"] = [name for name in changed["traps"] if name in names]
    return changed


def named_messages(plain: Plain, strikes: Sequence[Strike]) -> Iterator[Plain]:
    """A fault that strikes the how many-th message of any kind strikes the first one of its kind from then on: it can be read,
    and what comes before it may be left out."""
    before = len(plain.get("event", []))
    for strike in strikes:
        number = strike.fault - before
        if not 0 <= number < len(plain.get("fault", [])):
            continue
        fault = plain["fault"][number]
        if fault.get("nth", 1) == 1 or not {"on", "at", "when"}.isdisjoint(fault):
            continue
        kept = {key: value for key, value in fault.items() if key != "nth"}
        for at in dict.fromkeys((strike.at // 60_000 * 60_000, strike.at // 1_000 * 1_000, max(0, strike.at - 1))):
            yield _changed(plain, ("fault", number), {**kept, "on": strike.on, "at": shown(at)})


def shorter_runs(plain: Plain, failed_at: int) -> Iterator[Plain]:
    """A run that ends soon after the finding; a half, three quarters, ... of it."""
    lasts = parse_span(plain["lasts"])
    aims = (failed_at + SHORTEST, failed_at + 5 * SHORTEST, lasts // 2, lasts * 3 // 4, lasts * 9 // 10)
    for aim in sorted({_rounded(aim) for aim in aims}):
        if SHORTEST <= aim < lasts:
            yield cut(plain, aim)


def simpler_rigs(plain: Plain) -> Iterator[Plain]:
    """The default rig as it is; without what is changed about the patient or a device; without what a client is given."""
    plainest = {key: value for key, value in plain.items() if key not in ("rig", "devices", "patient")}
    if len(plainest) < len(plain):
        yield plainest
    if plain.get("rig", DEFAULT_RIG) != DEFAULT_RIG:
        yield {key: value for key, value in plain.items() if key not in ("rig", "patient")}
    for key in ("patient", "devices", "person", "traps"):
        if key in plain:
            yield {other: value for other, value in plain.items() if other != key}
    for place in ("patient", "devices"):
        yield from (_deleted(plain, path) for path in _paths(plain.get(place, {}), (place,)))


def smaller_amounts(plain: Plain) -> Iterator[Plain]:
    """Each number and duration of what happens at one, and at a half of what it is."""
    for what in ("fault", "event", "intent"):
        for path in _paths(plain.get(what, []), (what,)):
            value, name = _at(plain, path), path[-1]
            if name in _FIXED:
                continue
            yield from (_changed(plain, path, smaller) for smaller in _smaller(value))


def _smaller(value: Any) -> Iterator[Any]:
    """What is less than a number or a duration; nothing of another value."""
    match value:
        case bool():
            return
        case int():
            yield from sorted({small for small in (1, value // 2, value - 1) if 0 < small < value})
        case float():
            yield from sorted({small for small in (1.0, round(value / 2, 1)) if 0 < small < value})
        case str() if (span := _span(value)) is not None:
            yield from (shown(small) for small in sorted({1_000, _rounded(span // 2)}) if 0 < small < span)
        case _:
            return


def earlier_instants(plain: Plain) -> Iterator[Plain]:
    """All of it earlier together, with what must hold; then each thing that happens by itself."""
    moments = [span for path in _moments(plain) if (span := _span(_at(plain, path))) is not None]
    first = min((moment for moment in moments if moment), default=0)
    for by in sorted({_rounded(first), _rounded(first // 2)}, reverse=True):
        if 0 < by <= first:
            yield _sooner(plain, by)
    for what in ("fault", "event", "intent"):
        for path in _paths(plain.get(what, []), (what,)):
            if path[-1] == "at" and (span := _span(_at(plain, path))):
                for sooner in sorted({0, _rounded(span // 2)}):
                    if sooner < span and not _disorders(plain, path, sooner):
                        yield _changed(plain, path, shown(sooner))


def _sooner(plain: Plain, by: int) -> Plain:
    """Everything so much earlier, ms, and a run that is as much shorter."""
    changed = deepcopy(plain)
    for path in _moments(plain):
        span = _span(_at(plain, path))
        if span:
            changed = _changed(changed, path, shown(max(0, span - by)))
    lasts = parse_span(plain["lasts"]) - by
    return {**changed, "lasts": shown(lasts)} if lasts >= SHORTEST else changed


def _moments(plain: Plain) -> Iterator[tuple[Any, ...]]:
    """The places of all instants."""
    for what in ("fault", "event", "intent", "expect"):
        for number, one in enumerate(plain.get(what, [])):
            yield from ((what, number, key) for key in INSTANTS if isinstance(one.get(key), str))
    yield from (("restarts", number) for number in range(len(plain.get("restarts", []))))


def _disorders(plain: Plain, path: tuple[Any, ...], at: int) -> bool:
    """Whether a thing would come before the one that is listed before it, where the order is that of time."""
    what, number = path[0], path[1]
    if what == "fault" or not number:
        return False
    before = _span(plain[what][number - 1].get("at"))
    return before is not None and at < before


# Plain data


def _rounded(span: int) -> int:
    """A duration to the minute where that leaves something, else to the second."""
    for coarse in COARSE:
        if span >= coarse:
            return span // coarse * coarse
    return span


def _span(value: Any) -> int | None:
    """A duration that text says, ms; None for another value."""
    try:
        return parse_span(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _paths(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """The way to every value that is neither a table nor a list."""
    inner: Mapping[Any, Any] | None = None
    if isinstance(value, dict):
        inner = value
    elif isinstance(value, list):
        inner = dict(enumerate(value))
    if inner is None:
        yield path
        return
    for key, one in inner.items():
        yield from _paths(one, (*path, key))


def _at(plain: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        plain = plain[step]
    return plain


def _changed(plain: Plain, path: tuple[Any, ...], value: Any) -> Plain:
    def change(holder: Any, last: Any) -> None:
        holder[last] = value

    return _edited(plain, path, change)


def _deleted(plain: Plain, path: tuple[Any, ...]) -> Plain:
    def delete(holder: Any, last: Any) -> None:
        del holder[last]

    return _edited(plain, path, delete)


def _edited(plain: Plain, path: tuple[Any, ...], edit: Callable[[Any, Any], None]) -> Plain:
    copy = deepcopy(plain)
    edit(_at(copy, path[:-1]), path[-1])
    return copy
