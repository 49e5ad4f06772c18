"""What a pump that receives glucose remembers beside the events of the service: the manufacturer's history events.

IDS 1.0.2 leaves types from 0xF000 on to the manufacturer (section 5), and has no event for insulin that a pump suspends by
itself. The layouts are this project's.
"""

from construct import Int8ul, Int16ul

from isletbench.protocols.fields import SFLOAT, Enumerated, Number
from isletbench.protocols.ids.codes import LowSuspendEndReason, LowSuspendReason
from isletbench.protocols.ids.history import EVENTS
from isletbench.protocols.packet import packet, wire


@EVENTS.operation(0xF00F)
@packet
class LowSuspendStarted:
    """The pump has suspended its basal insulin by itself; therapy runs on, as a running bolus does."""

    reason: LowSuspendReason = wire(Enumerated(Int8ul, LowSuspendReason), "why")
    glucose: Number = wire(SFLOAT, "mg/dL")
    predicted: Number = wire(SFLOAT, "mg/dL in 30 min; NaN where nothing was predicted")


@EVENTS.operation(0xF033)
@packet
class LowSuspendEnded:
    """Basal insulin that the pump had suspended by itself flows again, as far as therapy runs."""

    reason: LowSuspendEndReason = wire(Enumerated(Int8ul, LowSuspendEndReason), "why")
    duration: int = wire(Int16ul, "min")
