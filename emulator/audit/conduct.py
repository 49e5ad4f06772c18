"""Conducts an audit: row after row on a connection of its own, each with its own end."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeAlias

from isletbench.emulator.audit import cgms, gls, ids
from isletbench.emulator.audit.carriers import Carrier
from isletbench.emulator.audit.cgms.exam import CgmsExam
from isletbench.emulator.audit.device import Device
from isletbench.emulator.audit.exam import Exam, Permissions
from isletbench.emulator.audit.gls.exam import GlsExam
from isletbench.emulator.audit.ids.exam import IdsExam
from isletbench.emulator.audit.link import AuditLink
from isletbench.emulator.audit.outcomes import Finding, NotPassed, Outcome
from isletbench.emulator.audit.plan import Row, plan_of
from isletbench.emulator.audit.registry import EXAMINATIONS, TURN
from isletbench.emulator.core.values import dataclass
from isletbench.protocols.att import AttError
from isletbench.protocols.errors import WireError

EXAMS: dict[str, type[Exam]] = {"cgms": CgmsExam, "gls": GlsExam, "ids": IdsExam}
"""By the name of the profile; their rows are examined by the rooms ``cgms``, ``gls`` and ``ids``."""
ROOMS = (cgms, gls, ids)
GONE = "the device was gone before"
"""Why rows are not examined when the device has gone."""
LIMIT_S = 1800.0
"""How long one row may take, s: rows on periodic measurements wait for several of them."""
RETURNS_S = 30.0
"""How long a device that cannot be connected may take to come back, s: one that has started anew is there again by then."""
Notice: TypeAlias = Callable[[Finding], None]


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found of one device by one profile."""

    profile: str
    findings: tuple[Finding, ...]
    changed: tuple[str, ...]
    """What was changed on the device, as sentences."""

    def of(self, outcome: Outcome) -> list[Finding]:
        """The rows that ended so."""
        return [finding for finding in self.findings if finding.outcome is outcome]


class DeviceGone(OSError):
    """The device cannot be connected any more."""


class NoSuchProfile(LookupError):
    """The device does not have the service of the profile."""


def profiles_of(link: AuditLink) -> list[str]:
    """The profiles of a device that is connected, by the services it has."""
    there = {attribute.key.service for attribute in link.attributes}
    return [name for name, exam in EXAMS.items() if exam.service in there]


async def audit(
    link: AuditLink,
    carrier: Carrier,
    profile: str,
    *,
    permissions: Permissions | None = None,
    rows: Sequence[str] = (),
    limit_s: float = LIMIT_S,
    notice: Notice = lambda finding: None,
) -> Audit:
    """Examine a device by the rows of a profile, or by these ones alone. What was changed is put back at the end.

    A row that does not end within ``limit_s`` seconds has failed. A cancellation ends the audit: what is finished is returned,
    and what it did not come to is *not examined*. So does a device that is gone: the row that cannot connect it has failed.
    """
    exam = EXAMS[profile](Device(link, carrier), permissions or Permissions())
    findings: dict[str, Finding] = {}
    chosen = [row for row in plan_of(profile).rows if not rows or row.id in rows]
    stopped = ""
    for row in sorted(chosen, key=lambda row: TURN.get(row.id, 0)):
        if stopped:
            finding = Finding(row, Outcome.NOT_EXAMINED, stopped)
        else:
            try:
                finding = await _examined(exam, row, limit_s)
            except asyncio.CancelledError:
                stopped = "the audit was stopped before"
                finding = Finding(row, Outcome.NOT_EXAMINED, "the audit was stopped during its examination")
            except DeviceGone as error:
                stopped = GONE
                finding = Finding(row, Outcome.FAILED, str(error), tuple(exam.device.exchanged))
        findings[row.id] = finding
        notice(finding)
    await exam.restore()
    with suppress(OSError, TimeoutError, AttError):
        await exam.device.end()
    return Audit(profile, tuple(findings[row.id] for row in chosen), tuple(dict.fromkeys(exam.changed)))


async def _examined(exam: Exam, row: Row, limit_s: float) -> Finding:
    """The finding of one row."""
    if row.outside:
        return Finding(row, Outcome.NOT_TESTABLE, row.outside)
    exam.device.exchanged.clear()
    loop = asyncio.get_running_loop()
    deadline = loop.time() + limit_s
    try:
        async with asyncio.timeout_at(deadline):
            await _begin(exam)
            if "feature" not in exam.facts:
                await exam.learn()
                await exam.begin()
            await EXAMINATIONS[row.id](exam)
    except DeviceGone:
        raise
    except NotPassed as ending:
        exchanged = tuple(exam.device.exchanged) if ending.outcome is Outcome.FAILED else ()
        return Finding(row, ending.outcome, str(ending), exchanged)
    except TimeoutError as error:
        late = loop.time() >= deadline
        why = f"the examination does not end within {limit_s:g} s" if late else f"the device does not answer: {error}"
        return Finding(row, Outcome.FAILED, why, tuple(exam.device.exchanged))
    except WireError as error:
        return Finding(row, Outcome.FAILED, f"the device sends what is not defined: {error}", tuple(exam.device.exchanged))
    except AttError as error:
        return Finding(row, Outcome.FAILED, f"the device refuses a request: {error}", tuple(exam.device.exchanged))
    except (OSError, LookupError) as error:
        why = f"the connection is lost: {_words(error)}"
        return Finding(row, Outcome.FAILED, why, tuple(exam.device.exchanged))
    except (ValueError, IndexError) as error:
        return Finding(row, Outcome.FAILED, f"a value is not what its layout says: {error}", tuple(exam.device.exchanged))
    except (TypeError, AttributeError) as error:
        why = f"the device sends another kind of value than the row is about, such as NaN for an amount: {error}"
        return Finding(row, Outcome.FAILED, why, tuple(exam.device.exchanged))
    return Finding(row, Outcome.PASSED)


async def _begin(exam: Exam) -> None:
    """A connection for a row; a device that is not there may come back. Raises ``DeviceGone``."""
    loop = asyncio.get_running_loop()
    until = loop.time() + RETURNS_S
    while True:
        try:
            return await exam.begin()
        except OSError as error:  # a connection that timed out is one
            if loop.time() >= until:
                raise DeviceGone(f"the device cannot be connected for {RETURNS_S:g} s: {_words(error)}") from error
        await asyncio.sleep(1)


def _words(error: Exception) -> str:
    """What an error says, without its number."""
    return (isinstance(error, OSError) and error.strerror) or str(error)
