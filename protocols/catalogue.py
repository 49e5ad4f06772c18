"""Every packet type by its name on the command line, and every operation by its own: what people call what is on the wire."""

from collections.abc import Mapping

from isletbench.protocols import cgms, companions, gls, ids, racp
from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.packet import ControlPoint

TYPES: Mapping[str, Characteristic] = {
    f"{service}.{characteristic.name.removeprefix(prefix).replace(' ', '')}": characteristic
    for service, prefix, characteristics in (
        ("cgms", "CGM ", cgms.CHARACTERISTICS),
        ("ids", "IDD ", ids.CHARACTERISTICS),
        ("gls", "Glucose ", gls.CHARACTERISTICS),
    )
    for characteristic in characteristics
}
"""Every type by its name on the command line: ``cgms.Measurement``, ``ids.Status``."""
COMPANIONS = {
    "dis": companions.DEVICE_INFORMATION,
    "bas": companions.BATTERY,
    "cts": companions.CURRENT_TIME,
    "bms": companions.BOND_MANAGEMENT,
    "ias": companions.IMMEDIATE_ALERT,
}
COMPANION_TYPES: Mapping[str, Characteristic] = {
    f"{service}.{characteristic.name.replace(' ', '')}": characteristic
    for service, uuid in COMPANIONS.items()
    for characteristic in companions.SERVICES[uuid]
}
"""The types of the services beside a CGM or a pump, by their names: ``bas.BatteryLevel``."""
SERVICES = {"cgms": cgms.SERVICE, "ids": ids.SERVICE, "gls": gls.SERVICE, **COMPANIONS}


def _operations(characteristic: Characteristic) -> tuple[tuple[str, bytes], ...]:
    match characteristic.layout:
        case ControlPoint() as point:
            return tuple((cls.__name__, point.opcode.build(code)) for code, cls in point.operations.items())
        case racp.Dialect() as dialect:
            return tuple((operation.name, bytes([code])) for operation, code in dialect.opcodes.items())
        case _:
            return ()


OPERATIONS: Mapping[str, tuple[tuple[str, bytes], ...]] = {
    name: _operations(known) for name, known in {**TYPES, **COMPANION_TYPES}.items()
}
"""The operations of every type that has some, with the octets that each begins with."""
