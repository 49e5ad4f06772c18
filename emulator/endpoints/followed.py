"""The CGM that a device receives its glucose from, as a key of the device's table in a rig."""

from typing import Annotated

from pydantic import AfterValidator, Field

from isletbench.emulator.core.models import Part
from isletbench.emulator.endpoints.device_table import MAX_PASSKEY
from isletbench.emulator.transports.ble.specs import parse_spec


def _reachable(hci: str) -> str:
    try:
        kind = parse_spec(hci).kind
    except OSError:
        kind = ""
    if kind not in {"tcp", "unix", "pty"}:
        raise ValueError("expected tcp:HOST:PORT, unix:PATH or pty:LINK: the HCI that another bench offers")
    return hci


class FollowedCgm(Part):
    """A CGM that a device finds on the air, pairs with and subscribes to."""

    name: str = Field(min_length=1, max_length=20)
    """The local name that the CGM advertises."""
    passkey: int | None = Field(default=None, ge=0, le=MAX_PASSKEY)
    """The passkey printed on the CGM, as its user has entered it; None for a CGM that pairs without."""
    hci: Annotated[str, AfterValidator(_reachable)] | None = None
    """The HCI that another bench offers, on whose air the CGM is; left out, the CGM is on this bench's own."""
