"""The ATT application errors of every service, and the meaning of an error octet on an attribute of a service.

The same octet means different things in different services: 0x81 is "invalid CRC" to an insulin delivery service and
"operation failed" to a bond management service. Source: Core Vol 3, Part F, 3.4.1.1, and each service's section on its codes.
"""

from collections.abc import Iterator, Mapping

from construct import Int8ul

from isletbench.protocols import cgms, companions, gls, ids
from isletbench.protocols.att import ApplicationErrorCode, AttCode, ErrorCode
from isletbench.protocols.errors import ReservedValue
from isletbench.protocols.fields import Listed

APPLICATION_CODES: Mapping[int, type[ApplicationErrorCode]] = {
    cgms.SERVICE: cgms.CgmErrorCode,
    companions.BOND_MANAGEMENT: companions.BondErrorCode,
    ids.SERVICE: ids.IdsErrorCode,
    gls.SERVICE: gls.GlsErrorCode,
}
"""The application errors of each service that has some, by the service's UUID."""


def every_code() -> Iterator[ErrorCode]:
    """Every code: those of all services first, then each service's own."""
    yield from AttCode
    for codes in APPLICATION_CODES.values():
        yield from codes


def codes_of(service: int | None) -> tuple[ErrorCode, ...]:
    """The codes that a refusal on an attribute of ``service`` may have: its own, then those of all services.

    Only the latter when the service is not known (None).
    """
    return (*(APPLICATION_CODES.get(service, ()) if service is not None else ()), *AttCode)


def error_code(octet: int, service: int | None) -> ErrorCode:
    """The meaning of an error octet on an attribute of ``service``.

    Raises ``ReservedValue`` for an octet that neither ATT nor the service defines.
    """
    for code in codes_of(service):
        if code == octet:
            return code
    raise ReservedValue(
        f"0x{octet:02X} is no error code {f'of service 0x{service:04X}' if service is not None else 'of all services'}",
        octets=bytes([octet]),
    )


def error_code_named(name: str, service: int | None = None) -> ErrorCode:
    """The code called ``name`` on an attribute of ``service``, or in any service (ATT first) when that is not known.

    Raises ``KeyError`` for a name that no code has.
    """
    for code in every_code() if service is None else codes_of(service):
        if code.name == name:
            return code
    raise KeyError(name)


ERROR_STATUS = Listed(Int8ul, frozenset(map(int, every_code())), "ATT error code of any service", AttCode)
"""An ATT error code as a plain number, 0 for success: its meaning needs the attribute's service (``error_code``)."""
