"""Whether a device is of the kind that a client expects: a port or an address may be that of another one."""

from collections.abc import Mapping

from isletbench.protocols import cgms, gls, ids

SERVICE_OF = {"cgm": cgms.SERVICE, "pump": ids.SERVICE, "meter": gls.SERVICE}
"""The service that makes a device a CGM, a pump or a meter."""
NAMES: Mapping[str, str] = {"cgm": "a CGM", "pump": "a pump", "meter": "a meter"}


class WrongDevice(Exception):
    """The device is of another kind than the client has been told, and will always be; one sentence."""


def check_kind(device: str, services: set[int]) -> None:
    """Raise ``WrongDevice`` where a device offers the services of other kinds only, by their 16-bit UUIDs."""
    if SERVICE_OF[device] in services:
        return
    others = [NAMES[kind] for kind, service in SERVICE_OF.items() if service in services]
    if others:
        raise WrongDevice(f"{device}: expected {NAMES[device]}, and the device there is {' and '.join(others)}")
