"""Rows of the CGM Service on Session Start Time and what follows from it."""

from datetime import datetime, timedelta

from isletbench.emulator.audit.cgms.exam import CgmsExam
from isletbench.emulator.audit.outcomes import Failed, NotApplicable, require, require_octets, shown
from isletbench.emulator.audit.registry import examines
from isletbench.protocols import cgms
from isletbench.protocols.cgms import Annunciation
from isletbench.protocols.date_time import DateTime
from isletbench.protocols.e2e import with_crc

START = cgms.SESSION_START_TIME
NOW = datetime(2026, 3, 1, 12, 30)  # noqa: DTZ001  # a device's calendar has no zone
"""What the audit says the time is."""
NO_TIME = bytes(7)


def written(time: datetime = NOW, zone: int = 4, dst: int = 4) -> bytes:
    """A time as a client writes it."""
    date = time.year.to_bytes(2, "little") + bytes([time.month, time.day, time.hour, time.minute, time.second])
    return date + zone.to_bytes(1, "little", signed=True) + bytes([dst])


async def set_time(exam: CgmsExam, octets: bytes) -> None:
    """Write the time; a start that was there before is put back at the end."""
    await exam.require_running()
    if not any(what == "session start time" for what, _ in exam.undo):
        before = exam.opened(START, exam.facts["start"])
        exam.put_back("session start time", lambda: _put_back(exam, before))
    await exam.write(START, octets)


async def _put_back(exam: CgmsExam, before: bytes) -> None:
    if before[:7] == NO_TIME:
        raise Failed("no time was set, and a time cannot be taken back")
    await exam.begin()
    start = DateTime(int.from_bytes(before[:2], "little"), *before[2:7]).to_datetime()
    now = start + timedelta(minutes=int.from_bytes((await exam.payload(cgms.STATUS))[:2], "little"))
    await exam.write(START, written(now)[:7] + before[7:])


@examines("CGMS-34")
async def time_synchronization(exam: CgmsExam) -> None:
    """The time is to be set until it is, in Status and in records."""
    bit = int(Annunciation.TIME_SYNCHRONIZATION_REQUIRED)
    status, start = exam.facts["status"], exam.facts["start"]
    unset = start[:7] == NO_TIME
    said = bool(int.from_bytes(status[2:5], "little") & bit)
    require(said == unset, f"Session Start Time was {shown(start)}, and Status {shown(status)} says otherwise in bit 8")
    if unset and not (await exam.payload(cgms.STATUS))[2] & 1:
        now = int.from_bytes(status[:2], "little")
        for measurement in await exam.measurements():
            require(
                measurement.annunciation & bit or measurement.time_offset > now,
                f"the record at {measurement.time_offset} min does not say that the time is to be set",
            )
    await set_time(exam, written())
    status = await exam.payload(cgms.STATUS)
    require(
        not int.from_bytes(status[2:5], "little") & bit, f"the time is set, and Status {shown(status)} asks for it in bit 8"
    )


@examines("CGMS-35")
async def start_follows(exam: CgmsExam) -> None:
    """The session began at the written time less the offset, and that stays."""
    await set_time(exam, written())
    offset = int.from_bytes((await exam.payload(cgms.STATUS))[:2], "little")
    first = await exam.payload(START)
    began = DateTime(int.from_bytes(first[:2], "little"), *first[2:7]).to_datetime()
    away = abs(began - (NOW - timedelta(minutes=offset)))
    require(
        away <= timedelta(minutes=1), f"written {NOW} at the offset {offset}: Session Start Time reads {began}, {away} away"
    )
    await exam.device.pause(61)
    require_octets("Session Start Time 61 s later", await exam.payload(START), first)


@examines("CGMS-36")
async def zone_and_dst(exam: CgmsExam) -> None:
    """Zone and DST offset read as they were written; unknown ones are 80 and FF."""
    before = exam.opened(START, exam.facts["start"])
    if before[:7] == NO_TIME:
        require_octets("zone and DST offset of a session whose time was never set", before[7:9], b"\x80\xff")
    for zone, dst in ((4, 4), (-20, 0), (-128, 255)):
        await set_time(exam, written(zone=zone, dst=dst))
        expected = written(zone=zone, dst=dst)[7:]
        require_octets("zone and DST offset", (await exam.payload(START))[7:9], expected)


async def _refused(exam: CgmsExam, what: str, octets: bytes, code: int) -> None:
    before = (await exam.payload(START))[:9]
    got = await exam.device.refusal(exam.key(START), octets)
    name = "success" if got is None else f"0x{got:02X}"
    require(got == code, f"{what} ({shown(octets)}): expected ATT error 0x{code:02X}, got {name}")
    require_octets(f"Session Start Time after {what}", (await exam.payload(START))[:9], before)


@examines("CGMS-37")
async def impossible_time(exam: CgmsExam) -> None:
    """A time that cannot be gets FF, and the old one stays."""
    await set_time(exam, written())
    for what, octets in (
        ("a month 13", written()[:2] + b"\x0d" + written()[3:]),
        ("the 32nd of a month", written()[:3] + b"\x20" + written()[4:]),
        ("the hour 24", written()[:4] + b"\x18" + written()[5:]),
    ):
        await _refused(exam, what, exam.sealed(START, octets), 0xFF)


@examines("CGMS-38")
async def start_without_crc(exam: CgmsExam) -> None:
    """No CRC gets 80, a wrong one 81."""
    exam.require_protection()
    await set_time(exam, written())
    await _refused(exam, "a time without CRC", written(), 0x80)
    await _refused(exam, "a time with a wrong CRC", with_crc(written())[:-1] + bytes([with_crc(written())[-1] ^ 1]), 0x81)


@examines("CGMS-39")
async def wrong_length(exam: CgmsExam) -> None:
    """A time of another length gets 0D."""
    await exam.require_running()
    longer = written() + b"\x00\x00\x00"
    await _refused(exam, "a time of the wrong length", with_crc(longer) if exam.protected else longer, 0x0D)


@examines("CGMS-33", turn=4)
async def session_stopped(exam: CgmsExam) -> None:
    """The bit follows the session."""
    await exam.subscribe(cgms.SPECIFIC_OPS_POINT)
    first = await exam.payload(cgms.STATUS)
    if exam.permissions.lasting and not first[2] & 1:
        await exam.operate(b"\x1b")
        status = await exam.payload(cgms.STATUS)
        await exam.operate(b"\x1a")
        exam.facts.pop("notifications", None)
        require(status[2] & 1, f"the session is stopped, and bit 0 of Status {shown(status)} is 0")
        first = await exam.payload(cgms.STATUS)
    if first[2] & 1:
        raise NotApplicable("no session runs, and whether the bit falls with one needs --allow-lasting")
    await exam.device.pause(61)
    second = await exam.payload(cgms.STATUS)
    require(second[:2] != first[:2], f"bit 0 of Status {shown(first)} says that a session runs, and its offset stands still")
