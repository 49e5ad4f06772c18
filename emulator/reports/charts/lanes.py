"""What happened, as lanes below the glucose curve: when something was so, and when something happened."""

from dataclasses import dataclass, field

from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.reports.timeline import Timeline
from isletbench.emulator.reports.tracks.happenings import CLIENT, FaultTrack
from isletbench.emulator.scenarios.judge import Verdict

MOST_FAULTS = 6
"""With more faults than this, the last lane has all that are left."""


@dataclass(frozen=True, slots=True)
class Bar:
    """Something that was so for a time. ``look`` is the class of its drawing."""

    began: Instant
    ended: Instant
    look: str
    words: str


@dataclass(frozen=True, slots=True)
class Dot:
    """Something that happened at an instant."""

    at: Instant
    look: str
    words: str


@dataclass(slots=True)
class Lane:
    """A row of bars and dots."""

    label: str
    bars: list[Bar] = field(default_factory=list)
    dots: list[Dot] = field(default_factory=list)


def lanes_of(timeline: Timeline, verdict: Verdict | None = None) -> list[Lane]:
    """The lanes of a run, from the top: verdict, faults, alarms, connections."""
    lanes = [
        *_verdict(verdict),
        *_exercise(timeline),
        *_faults(timeline),
        *_troubles(timeline),
        *_alarms(timeline),
        *_links(timeline),
    ]
    return [lane for lane in lanes if lane.bars or lane.dots]


def _verdict(verdict: Verdict | None) -> list[Lane]:
    if verdict is None:
        return []
    return [Lane("verdict", dots=[Dot(found.at, "fault", f"{check}: {found.words}") for check, found in verdict.findings])]


def _exercise(timeline: Timeline) -> list[Lane]:
    spans = [] if timeline.patient is None else timeline.patient.exercise
    return [Lane("exercise", [Bar(began, min(ended, timeline.ended), "carbs", "exercise") for began, ended in spans])]


def _faults(timeline: Timeline) -> list[Lane]:
    there = [fault for fault in timeline.faults if fault.began is not None]
    own, shared = (there, []) if len(there) <= MOST_FAULTS else (there[: MOST_FAULTS - 1], there[MOST_FAULTS - 1 :])
    lanes = [Lane(f"{fault.device}: {fault.words}", *_fault(fault, timeline.ended)) for fault in own]
    if shared:
        rest = Lane(f"{len(shared)} more faults")
        for fault in shared:
            bars, dots = _fault(fault, timeline.ended)
            rest.bars += bars
            rest.dots += dots
        lanes.append(rest)
    return lanes


def _fault(fault: FaultTrack, end: Instant) -> tuple[list[Bar], list[Dot]]:
    assert fault.began is not None
    words = f"{fault.device}: {fault.words}" + (f" (failed: {fault.failed})" if fault.failed else "")
    ended = end if fault.ended is None else fault.ended
    bars = [Bar(fault.began, ended, "fault", words)] if ended > fault.began else []
    return bars, [Dot(at, "strike", f"{words} strikes") for at in fault.strikes]


def _troubles(timeline: Timeline) -> list[Lane]:
    return [
        Lane(
            f"{pump.device}: infusion set" if len(timeline.pumps) > 1 else "infusion set",
            [Bar(one.began, one.ended, "undelivered", f"{pump.device}: {one.words}") for one in pump.troubles],
        )
        for pump in timeline.pumps
    ]


def _alarms(timeline: Timeline) -> list[Lane]:
    devices, client = Lane("device alarms"), Lane("client alerts")
    for alarm in timeline.alarms:
        words = f"{alarm.source}: {alarm.words}"
        if alarm.source != CLIENT:
            devices.dots.append(Dot(alarm.at, "alarm", words))
        elif alarm.ended is None:
            client.dots.append(Dot(alarm.at, "alarm", words))
        else:
            client.bars.append(Bar(alarm.at, alarm.ended, "alarm", words))
    return [devices, client]


def _links(timeline: Timeline) -> list[Lane]:
    lanes: dict[str, Lane] = {}
    for span in timeline.connected:
        lane = lanes.setdefault(span.device, Lane(f"{span.device} connection"))
        words = f"{span.device} connected" + (f" over {span.carrier}" if span.carrier else "")
        lane.bars.append(Bar(span.began, span.ended, "link", words))
    for span in timeline.unreachable:
        lane = lanes.setdefault(span.device, Lane(f"{span.device} connection"))
        lane.bars.append(Bar(span.began, span.ended, "gone", f"{span.device} cannot be reached over {span.carrier}"))
    return list(lanes.values())
