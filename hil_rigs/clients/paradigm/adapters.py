"""Which adapter stands in front of the pump, by the name of the personality that it is to a bench."""

from collections.abc import Callable, Mapping

from isletbench.emulator.collectors.link_collector import OpenPort
from isletbench.emulator.endpoints.paradigm.settings import ParadigmSettings
from isletbench.hil_rigs.clients.paradigm.carelink import CareLink
from isletbench.hil_rigs.clients.paradigm.messages import Messages
from isletbench.hil_rigs.clients.paradigm.mmcommander import MMCommander
from isletbench.hil_rigs.clients.paradigm.pump import Pump
from isletbench.hil_rigs.clients.paradigm.rfspy import Rfspy, Stick
from isletbench.hil_rigs.clients.paradigm.rileylink import RileyLink

SERIAL_NUMBER = ParadigmSettings().serial_number
"""Of the pump of a scenario."""
GENERATION = ParadigmSettings().generation
"""How the messages of that pump are laid out."""
RFSPY, RILEYLINK = "paradigm_rfspy", "paradigm_rileylink"
STICKS: Mapping[str, Callable[[OpenPort], Pump]] = {
    RFSPY: lambda connect: Messages(Rfspy(Stick(connect)), SERIAL_NUMBER, GENERATION),
    "paradigm_mmcommander": lambda connect: Messages(MMCommander(connect), SERIAL_NUMBER, GENERATION),
    "paradigm_carelink": lambda connect: CareLink(connect, SERIAL_NUMBER, GENERATION),
}
"""The pump behind each stick on a serial port."""
BAUD = {RFSPY: 19_200, "paradigm_mmcommander": 57_600, "paradigm_carelink": 9_600}
"""At how many bits a second each of them is spoken to."""


def behind_rileylink(address: str) -> Pump:
    """The pump behind the RileyLink at this address."""
    return Messages(Rfspy(RileyLink(address)), SERIAL_NUMBER, GENERATION)
