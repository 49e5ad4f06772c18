"""What the Core Specification asks of any GATT server, decided once for Bluetooth LE and the serial link."""

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isletbench.emulator.core.events import Occurrence
from isletbench.emulator.core.notes import Note
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.gatt import (
    ATT_TRANSACTION_TIMEOUT,
    Advertisement,
    Confirm,
    Connected,
    Disconnected,
    Effect,
    ErrorResponse,
    GattDevice,
    Indicate,
    Notify,
    Peer,
    Read,
    ReadResponse,
    Request,
    Secured,
    Security,
    Send,
    Write,
    WriteResponse,
)
from isletbench.protocols.att import AttCode
from tests.harness.gadget import (
    CONTROL_POINT,
    INDICATED,
    NOTIFIED,
    OPEN,
    READABLE,
    SECOND_SERVICE,
    SERVICE,
    WRITABLE,
    Gadget,
    GadgetMachine,
    GadgetService,
    Woke,
    gadget,
)

LINK = "test#1"


def handle(of: Gadget, uuid: int, service: int = SERVICE) -> int:
    return of.device.table.of(service, uuid).handle


def cccd(of: Gadget, uuid: int) -> int:
    found = of.device.table.of(SERVICE, uuid).cccd
    assert found is not None
    return found


def sent(effects: list[Effect]) -> list[Effect]:
    return [effect for effect in effects if not isinstance(effect, Note | Occurrence)]


def connected(security: Security = Security.OPEN) -> Gadget:
    made = gadget(security)
    made.device.receive(Connected(LINK), 0)
    return made


def subscribe(to: Gadget, uuid: int, value: bytes = b"\x02\x00", link: str = LINK) -> list[Effect]:
    return sent(to.device.receive(Write(link, cccd(to, uuid), value), 0))


class Diary(GadgetService):
    """A gadget's service of which every act is ground truth, written down while it acts."""

    def __init__(self, machine: GadgetMachine) -> None:
        super().__init__()
        self._machine = machine

    def read(self, uuid: int, peer: Peer, now: Instant) -> bytes:
        self._machine.ledger.write(now, Woke())
        return super().read(uuid, peer, now)

    def write(self, uuid: int, value: bytes, peer: Peer, now: Instant) -> Iterable[Send | Note]:
        self._machine.ledger.write(now, Woke())
        return super().write(uuid, value, peer, now)

    def confirmed(self, uuid: int, peer: Peer, now: Instant) -> Iterable[Send | Note]:
        self._machine.ledger.write(now, Woke())
        yield Send(peer, NOTIFIED, b"more")

    def advance(self, peers: Sequence[Peer], now: Instant) -> Iterable[Send | Note]:
        for peer in peers:
            self._machine.ledger.write(now, Woke())
            yield Send(peer, NOTIFIED, b"news")


def test_the_ledger_entries_of_an_operation_precede_its_reply() -> None:
    made = gadget()
    device = GattDevice("diary", made.machine, [Diary(made.machine)], Advertisement("Diary", (SERVICE,), 0x0D00))
    diary = Gadget(device, made.machine, made.service)
    device.receive(Connected(LINK), 0)
    for uuid, on in ((CONTROL_POINT, b"\x02\x00"), (NOTIFIED, b"\x01\x00")):
        subscribe(diary, uuid, on)
    news = [Occurrence, Notify]  # every turn begins with what the service has to say by itself
    for request, own in (
        (Read(LINK, handle(diary, READABLE)), [Occurrence, ReadResponse]),
        (Write(LINK, handle(diary, CONTROL_POINT), b"\xff"), [Occurrence, ErrorResponse]),
        (Write(LINK, handle(diary, CONTROL_POINT), b"\x01"), [Occurrence, WriteResponse, Indicate]),
        (Confirm(LINK, handle(diary, CONTROL_POINT)), [Occurrence, Notify]),
    ):
        effects = device.receive(request, 1)
        assert [type(effect) for effect in effects if not isinstance(effect, Note)] == news + own


def test_handles_number_declarations_values_and_descriptors() -> None:
    table = gadget().device.table
    assert [(a.handle, a.cccd) for a in table.attributes] == [
        (3, None),
        (5, None),
        (7, 8),
        (10, 11),
        (13, 14),
        (16, None),
        (19, None),  # the second service's declaration is 17
    ]


def test_one_uuid_in_two_services_is_two_values() -> None:
    made = connected()
    first, second = handle(made, OPEN), handle(made, OPEN, SECOND_SERVICE)
    assert sent(made.device.receive(Read(LINK, first), 0)) == [ReadResponse(LINK, first, b"open")]
    assert sent(made.device.receive(Read(LINK, second), 0)) == [ReadResponse(LINK, second, b"second")]


@pytest.mark.parametrize(
    ("uuid", "request_", "code"),
    [
        (NOTIFIED, "read", AttCode.READ_NOT_PERMITTED),
        (CONTROL_POINT, "read", AttCode.READ_NOT_PERMITTED),
        (READABLE, "write", AttCode.WRITE_NOT_PERMITTED),
        (NOTIFIED, "write", AttCode.WRITE_NOT_PERMITTED),
    ],
)
def test_what_the_properties_do_not_offer_is_not_permitted(uuid: int, request_: str, code: AttCode) -> None:
    made = connected()
    at = handle(made, uuid)
    request: Request = Read(LINK, at) if request_ == "read" else Write(LINK, at, b"x")
    assert sent(made.device.receive(request, 0)) == [ErrorResponse(LINK, at, code)]
    assert made.service.written == []


def test_a_write_without_response_is_never_answered() -> None:
    made = connected()
    assert sent(made.device.receive(Write(LINK, handle(made, WRITABLE), b"new", response=False), 0)) == []
    assert made.service.value == b"new"
    assert sent(made.device.receive(Write(LINK, handle(made, CONTROL_POINT), b"x", response=False), 0)) == []
    assert made.service.written == [b"new"]


def test_an_unknown_handle_is_invalid() -> None:
    assert sent(connected().device.receive(Read(LINK, 0x0999), 0)) == [ErrorResponse(LINK, 0x0999, AttCode.INVALID_HANDLE)]


def test_a_stranger_is_told_so_and_changes_nothing() -> None:
    made = gadget()
    at = handle(made, WRITABLE)
    assert sent(made.device.receive(Write("nobody", at, b"x"), 0)) == [ErrorResponse("nobody", at, AttCode.UNLIKELY_ERROR)]
    assert made.service.written == []
    assert made.device.receive(Disconnected("nobody"), 0) == []


# Security


@pytest.mark.parametrize(
    ("link", "bonded", "code"),
    [
        (Security.OPEN, False, AttCode.INSUFFICIENT_AUTHENTICATION),
        (Security.OPEN, True, AttCode.INSUFFICIENT_ENCRYPTION),
        (Security.ENCRYPTED, False, AttCode.INSUFFICIENT_AUTHENTICATION),
    ],
)
def test_a_link_that_is_not_safe_enough_is_told_what_to_do(link: Security, bonded: bool, code: AttCode) -> None:
    made = gadget(Security.AUTHENTICATED)
    made.device.receive(Connected(LINK, security=link, bonded=bonded), 0)
    for request in (
        Read(LINK, handle(made, READABLE)),
        Write(LINK, handle(made, WRITABLE), b"x"),
        Write(LINK, cccd(made, NOTIFIED), b"\x01\x00"),
        Read(LINK, cccd(made, NOTIFIED)),
    ):
        assert sent(made.device.receive(request, 0)) == [ErrorResponse(LINK, request.handle, code)]
    assert made.service.written == []


def test_a_link_becomes_safe_enough_by_pairing() -> None:
    made = connected(Security.AUTHENTICATED)
    made.device.receive(Secured(LINK, Security.AUTHENTICATED, "C1:00:00:00:00:01"), 0)
    at = handle(made, READABLE)
    assert sent(made.device.receive(Read(LINK, at), 0)) == [ReadResponse(LINK, at, b"\x01\x02\x03")]


# Subscriptions


def test_a_cccd_is_off_at_first_and_reads_back_what_was_written() -> None:
    made = connected()
    at = cccd(made, INDICATED)
    assert sent(made.device.receive(Read(LINK, at), 0)) == [ReadResponse(LINK, at, b"\x00\x00")]
    assert subscribe(made, INDICATED) == [WriteResponse(LINK, at)]
    assert sent(made.device.receive(Read(LINK, at), 0)) == [ReadResponse(LINK, at, b"\x02\x00")]


@pytest.mark.parametrize(
    ("uuid", "value", "code"),
    [
        (NOTIFIED, b"\x04\x00", AttCode.VALUE_NOT_ALLOWED),
        (NOTIFIED, b"\x01\x80", AttCode.VALUE_NOT_ALLOWED),
        (NOTIFIED, b"\x02\x00", AttCode.VALUE_NOT_ALLOWED),
        (INDICATED, b"\x01\x00", AttCode.VALUE_NOT_ALLOWED),
        (INDICATED, b"\x03\x00", AttCode.VALUE_NOT_ALLOWED),
        (NOTIFIED, b"\x01", AttCode.INVALID_ATTRIBUTE_VALUE_LENGTH),
        (NOTIFIED, b"\x01\x00\x00", AttCode.INVALID_ATTRIBUTE_VALUE_LENGTH),
    ],
)
def test_a_wrong_cccd_is_refused_and_stays_as_it_was(uuid: int, value: bytes, code: AttCode) -> None:
    made = connected()
    assert subscribe(made, uuid, value) == [ErrorResponse(LINK, cccd(made, uuid), code)]
    assert sent(made.device.receive(Read(LINK, cccd(made, uuid)), 0)) == [ReadResponse(LINK, cccd(made, uuid), b"\x00\x00")]


def test_only_who_subscribed_is_told() -> None:
    made = connected()
    made.device.receive(Connected("test#2"), 0)
    subscribe(made, NOTIFIED, b"\x01\x00")
    made.service.news = [(NOTIFIED, b"hello"), (INDICATED, b"nobody")]
    assert sent(made.device.advance(5)) == [Notify(LINK, handle(made, NOTIFIED), b"hello")]


def test_a_bonded_clients_cccds_outlive_its_connection_and_a_strangers_do_not() -> None:
    made = connected()
    made.device.receive(Secured(LINK, Security.AUTHENTICATED, "phone"), 0)
    subscribe(made, NOTIFIED, b"\x01\x00")
    made.device.receive(Disconnected(LINK), 0)
    made.device.receive(Connected("test#2"), 0)
    at = cccd(made, NOTIFIED)
    assert sent(made.device.receive(Read("test#2", at), 0)) == [ReadResponse("test#2", at, b"\x00\x00")]
    made.device.receive(Secured("test#2", Security.AUTHENTICATED, "phone"), 0)
    assert sent(made.device.receive(Read("test#2", at), 0)) == [ReadResponse("test#2", at, b"\x01\x00")]


# Indications


def test_the_write_response_precedes_what_the_write_causes() -> None:
    made = connected()
    subscribe(made, CONTROL_POINT)
    at = handle(made, CONTROL_POINT)
    effects = made.device.receive(Write(LINK, at, b"do"), 0)
    assert sent(effects) == [WriteResponse(LINK, at), Indicate(LINK, at, b"do")]
    assert [e.name for e in effects if isinstance(e, Note)] == ["taken"]


def test_one_indication_at_a_time_in_the_order_they_arose() -> None:
    made = connected()
    for uuid in (INDICATED, CONTROL_POINT):
        subscribe(made, uuid)
    first, second = handle(made, INDICATED), handle(made, CONTROL_POINT)
    made.service.news = [(INDICATED, b"1"), (INDICATED, b"2")]
    assert sent(made.device.advance(0)) == [Indicate(LINK, first, b"1")]
    assert sent(made.device.receive(Write(LINK, second, b"3"), 0)) == [WriteResponse(LINK, second)]
    assert sent(made.device.receive(Confirm(LINK, second), 0)) == [], "that one is not the outstanding one"
    assert sent(made.device.receive(Confirm(LINK, first), 0)) == [Indicate(LINK, first, b"2")]
    assert sent(made.device.receive(Confirm(LINK, first), 0)) == [Indicate(LINK, second, b"3")]
    assert sent(made.device.receive(Confirm(LINK, second), 0)) == []
    assert made.service.events[-1] == "confirmed FE05"
    assert made.device.next_deadline is None


def test_an_indication_nobody_confirms_fails_after_30_s_and_silences_the_queue() -> None:
    made = connected()
    subscribe(made, INDICATED)
    made.service.news = [(INDICATED, b"1"), (INDICATED, b"2")]
    made.device.advance(1_000)
    assert made.device.next_deadline == 1_000 + ATT_TRANSACTION_TIMEOUT == 31_000
    assert sent(made.device.advance(30_999)) == []
    assert made.service.events[-1] != "unconfirmed FE04"
    assert sent(made.device.advance(31_000)) == []
    assert made.service.events[-2:] == ["unconfirmed FE04", "unconfirmed FE04"]
    assert made.device.next_deadline is None


def test_a_disconnected_clients_indications_are_forgotten() -> None:
    made = connected()
    subscribe(made, INDICATED)
    made.service.news = [(INDICATED, b"1"), (INDICATED, b"2")]
    made.device.advance(0)
    made.device.receive(Disconnected(LINK), 1)
    assert made.device.next_deadline is None
    assert sent(made.device.receive(Confirm(LINK, handle(made, INDICATED)), 2)) == []


# Time and truth


def test_what_was_due_happens_at_its_own_instant_before_a_request_is_taken() -> None:
    made = connected()
    made.machine.due = [100, 200, 300]
    effects = made.device.receive(Read(LINK, handle(made, READABLE)), 250)
    assert [e for e in effects if isinstance(e, Occurrence)] == [Occurrence(100, Woke()), Occurrence(200, Woke())]
    assert isinstance(effects[-1], ReadResponse)
    assert made.device.next_deadline == 300


handles = st.integers(0, 25)
requests: st.SearchStrategy[Request] = st.one_of(
    st.builds(Connected, st.just(LINK)),
    st.builds(Disconnected, st.just(LINK)),
    st.builds(Read, st.just(LINK), handles),
    st.builds(Write, st.just(LINK), handles, st.binary(max_size=4), st.booleans()),
    st.builds(Write, st.just(LINK), handles, st.sampled_from([b"\x00\x00", b"\x01\x00", b"\x02\x00"])),
    st.builds(Confirm, st.just(LINK), handles),
)


@given(st.lists(requests, max_size=40))
def test_any_conversation_is_answered_once_and_never_indicates_over_an_unconfirmed_one(conversation: list[Request]) -> None:
    made = gadget()
    for at, request in enumerate(conversation):
        peer = made.device.peers.get(LINK)
        on_the_wire = peer.indications.waiting[0][0].handle if peer and peer.indications.waiting else None
        effects = sent(made.device.receive(request, at))
        answers = [e for e in effects if isinstance(e, ReadResponse | WriteResponse | ErrorResponse)]
        assert len(answers) == int(isinstance(request, Read) or (isinstance(request, Write) and request.response))
        indications = [e for e in effects if isinstance(e, Indicate)]
        free = on_the_wire is None or (isinstance(request, Confirm) and request.handle == on_the_wire)
        assert len(indications) <= int(free)
