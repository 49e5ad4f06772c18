"""Audits side by side: the emulator of the rig stubs, the firmware built for this machine, and the firmware under QEMU.

``python -m tests.harness.audit_show`` audits those that can be had here on virtual time, and writes docs/audit.md.
"""

import asyncio
import sys
from collections import Counter
from collections.abc import Callable

from isletbench import Bench, Pace, Ports, load_rig, run
from isletbench.emulator.audit.carriers import SerialCarrier
from isletbench.emulator.audit.conduct import Audit, audit
from isletbench.emulator.audit.outcomes import Outcome
from isletbench.emulator.collectors.link_collector import LinkCollector
from tests.firmware.lineup import BUILDS, EMULATOR, NATIVE, UNDER_QEMU, lacks, program
from tests.firmware.subjects import Subject
from tests.harness import audits
from tests.harness.conformance import ROOT

PROFILES = {"cgms": "cgm", "ids": "pump"}
"""The profiles of the stubs, each with its device."""
STEP_S = 1.0
"""How far apart the instants are at which firmware may send by itself."""
DOCUMENT = ROOT / "docs" / "audit.md"
BEGIN, END = "<!-- made by python -m tests.harness.audit_show -->", "<!-- end of the show -->"


class SubjectPort:
    """A port to firmware whose time is that of the event loop."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._begin = asyncio.get_running_loop().time() - subject.now / 1_000
        self._received: Callable[[bytes], None] | None = None
        self._closed: Callable[[], None] | None = None

    def open(self, received: Callable[[bytes], None], closed: Callable[[], None]) -> "SubjectPort":
        """What ``LinkCollector`` opens."""
        self._received, self._closed = received, closed
        return self

    def write(self, octets: bytes) -> None:
        """Send octets at this instant; what comes back arrives after the call."""
        self.pass_time()
        self._arrive(self._subject.exchange(octets))

    def close(self) -> None:
        """Close the port. Idempotent."""
        closed, self._closed, self._received = self._closed, None, None
        if closed is not None:
            closed()

    def pass_time(self) -> None:
        """Let the firmware's time be that of the loop."""
        now = round((asyncio.get_running_loop().time() - self._begin) * 1_000)
        if now > self._subject.now:
            self._arrive(self._subject.advance(now))

    def _arrive(self, octets: bytes) -> None:
        if octets and self._received is not None:
            asyncio.get_running_loop().call_soon(self._received, octets)

    async def keep_time(self) -> None:
        """Let time pass for the firmware while nobody writes."""
        while True:
            await asyncio.sleep(STEP_S)
            self.pass_time()


async def of_firmware(subject: Subject, profile: str) -> Audit:
    """The audit of firmware that has been powered up."""
    subject.advance(audits.AHEAD)
    port = SubjectPort(subject)
    keeping = asyncio.ensure_future(port.keep_time())
    collector = LinkCollector(port.open)
    try:
        return await audit(collector, SerialCarrier(collector), profile, permissions=audits.EVERYTHING)
    finally:
        keeping.cancel()


async def of_emulator(profile: str) -> Audit:
    """The audit of the emulator as far as the firmware goes."""
    async with Bench(load_rig("stubs"), ports=Ports.MEMORY) as bench:
        await audits.prepare(bench, PROFILES[profile])
        return await audits.audited(bench, PROFILES[profile], profile)


def found(name: str, profile: str) -> Audit:
    """The audit of one of the line-up. Raises ``FirmwareError`` for firmware that cannot be built."""
    if name == EMULATOR:
        return run(of_emulator(profile), Pace(None))
    subject = BUILDS[name].run(program(name, PROFILES[profile]))
    try:
        return run(of_firmware(subject, profile), Pace(None))
    finally:
        subject.close()


def main() -> int:
    """Audit what can be had, and write the table; 1 when a row failed."""
    names = [name for name in (EMULATOR, NATIVE, UNDER_QEMU) if lacks(name) is None]
    lines: list[str] = []
    differing: list[str] = []
    failed = False
    for profile in PROFILES:
        made = {name: found(name, profile) for name in names}
        for name, one in made.items():
            counted = Counter(finding.outcome for finding in one.findings)
            numbers = " | ".join(str(counted[each]) for each in Outcome if each is not Outcome.NOT_EXAMINED)
            failed |= bool(counted[Outcome.FAILED])
            lines.append(f"| {profile} | {name} | {numbers} |")
        for findings in zip(*(one.findings for one in made.values()), strict=True):
            if len({each.outcome for each in findings}) > 1 or findings[0].outcome is Outcome.FAILED:
                for name, one in zip(names, findings, strict=True):
                    sys.stdout.write(f"{name}: {one.row.id} {one.outcome.value} {one.why} {one.exchanged[-2:]}\n")
                differing.append(f"| {findings[0].row.id} | {' | '.join(each.outcome.value for each in findings)} |")
    table = ["| profile | device | passed | failed | not applicable | not testable |", "|---|---|---|---|---|---|", *lines]
    if differing:
        table += ["", f"| row | {' | '.join(names)} |", "|---" * (1 + len(names)) + "|", *differing]
    else:
        table += ["", "Every row ends alike on all of them."]
    text = DOCUMENT.read_text("utf-8")
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    DOCUMENT.write_text(f"{head}{BEGIN}\n\n" + "\n".join(table) + f"\n\n{END}{tail}", "utf-8")
    sys.stdout.write("\n".join(table) + "\n")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
