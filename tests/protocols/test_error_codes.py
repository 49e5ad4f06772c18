"""The ATT application errors: each service has its own enumeration, and an octet means what its service says."""

import pytest

from isletbench.protocols import cgms, companions, ids
from isletbench.protocols.att import FIRST_APPLICATION_CODE, ApplicationErrorCode, AttCode, ErrorCode
from isletbench.protocols.error_codes import APPLICATION_CODES, codes_of, error_code, error_code_named, every_code
from isletbench.protocols.errors import ReservedValue, Unencodable
from isletbench.protocols.frames import StatusResponse
from isletbench.protocols.packet import decode, encode

SERVICES = [*APPLICATION_CODES, companions.BATTERY]


@pytest.mark.parametrize("codes", [AttCode, *APPLICATION_CODES.values()], ids=lambda codes: codes.__name__)
def test_no_code_is_another_name_of_one_in_the_same_enumeration(codes: type[ErrorCode]) -> None:
    assert list(codes.__members__) == [code.name for code in codes]


def test_every_enumeration_of_a_service_is_listed_and_keeps_to_the_application_range() -> None:
    assert set(APPLICATION_CODES.values()) == set(ApplicationErrorCode.__subclasses__())
    own = [code for codes in APPLICATION_CODES.values() for code in codes]
    assert all(FIRST_APPLICATION_CODE <= code <= 0x9F for code in own)
    assert not any(FIRST_APPLICATION_CODE <= code <= 0x9F for code in AttCode)


@pytest.mark.parametrize(
    ("service", "octet", "code"),
    [
        (cgms.SERVICE, 0x80, cgms.CgmErrorCode.MISSING_CRC),
        (cgms.SERVICE, 0x81, cgms.CgmErrorCode.INVALID_CRC),
        (ids.SERVICE, 0x81, ids.IdsErrorCode.INVALID_CRC),
        (ids.SERVICE, 0x82, ids.IdsErrorCode.INVALID_COUNTER),
        (companions.BOND_MANAGEMENT, 0x80, companions.BondErrorCode.BOND_OPCODE_NOT_SUPPORTED),
        (companions.BOND_MANAGEMENT, 0x81, companions.BondErrorCode.BOND_OPERATION_FAILED),
        (companions.BOND_MANAGEMENT, 0x08, AttCode.INSUFFICIENT_AUTHORIZATION),
        (None, 0xFE, AttCode.PROCEDURE_ALREADY_IN_PROGRESS),
    ],
)
def test_an_octet_means_what_the_service_says(service: int | None, octet: int, code: ErrorCode) -> None:
    assert error_code(octet, service) is code


@pytest.mark.parametrize("service", SERVICES)
def test_octet_and_name_find_every_code_of_a_service(service: int) -> None:
    for code in codes_of(service):
        assert error_code(int(code), service) is code
        assert error_code_named(code.name, service) is code


def test_a_name_is_found_without_a_service() -> None:
    for code in every_code():
        assert error_code_named(code.name) == code
    with pytest.raises(KeyError):
        error_code_named("NO_SUCH_CODE")


@pytest.mark.parametrize(
    ("service", "octet", "problem"),
    [
        (ids.SERVICE, 0x80, "0x80 is no error code of service 0x183A"),
        (companions.BATTERY, 0x81, "0x81 is no error code of service 0x180F"),
        (None, 0x81, "0x81 is no error code of all services"),
        (cgms.SERVICE, 0x14, "0x14 is no error code of service 0x181F"),
    ],
)
def test_an_octet_that_the_service_does_not_define_is_reserved(service: int | None, octet: int, problem: str) -> None:
    with pytest.raises(ReservedValue, match=problem):
        error_code(octet, service)


def test_the_status_of_the_serial_link_is_a_code_of_some_service() -> None:
    assert encode(StatusResponse(companions.BondErrorCode.BOND_OPERATION_FAILED)) == b"\x81"
    assert decode(StatusResponse, b"\x81") == StatusResponse(0x81)
    with pytest.raises(ReservedValue, match="0x14 is no ATT error code of any service"):
        decode(StatusResponse, b"\x14")
    with pytest.raises(Unencodable, match="20 is no ATT error code of any service"):
        encode(StatusResponse(0x14))
