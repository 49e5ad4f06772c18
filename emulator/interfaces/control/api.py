"""The HTTP interface of ``Steering``: paths, bodies and status codes."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import FastAPI, HTTPException, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import AfterValidator, Field

from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.core.actions import Action
from isletbench.emulator.core.clock import Pace, pace_of
from isletbench.emulator.core.conditions import Changes
from isletbench.emulator.core.models import Duration, Part, summary
from isletbench.emulator.faults import FAULTS, AnyFault, Fault
from isletbench.emulator.faults.families.actions import Do
from isletbench.emulator.faults.triggers import condition_of
from isletbench.emulator.interfaces.control.errors import answer_errors
from isletbench.emulator.interfaces.control.guard import guard
from isletbench.emulator.interfaces.control.page_routes import offer_page
from isletbench.emulator.journal.beliefs import Belief
from isletbench.emulator.journal.tail import Tail
from isletbench.emulator.transports.ble.radio import RadioConditions

if TYPE_CHECKING:
    from isletbench.emulator.scenarios.watched import Watched

TITLE = "isletbench control"


class Problem(Part):
    """Why a call was refused. Nothing has changed."""

    error: str


class FaultStatus(Part):
    """A fault on the bench."""

    id: str
    state: str
    """``waiting``, ``armed`` or ``over``."""
    struck: int
    """The number of times it has struck."""
    since: int
    """When it was injected, ms since the bench began."""
    declared: dict[str, Any]


class Declaration(Part):
    """A kind of fault or action: its name, its symptom and the schema of its arguments."""

    name: str
    where: str
    """``device``, ``link``, ``clock`` or ``hand``; for an action, the kind of device."""
    symptom: str
    schema_: dict[str, Any] = Field(alias="schema")


class ScenarioSummary(Part):
    """A scenario that can be played."""

    id: str
    title: str
    story: str
    clients: list[str]
    over: list[str]


class Time(Part):
    """The bench time and its pace."""

    now: int
    """ms since the bench began."""
    pace: str


# The bodies of routes are complete when FastAPI makes a route of them: it gives each another name, and pydantic warns of names
# that it meets later.


class NewPace(Part, defer_build=False):
    """A pace: ``real``, ``paused`` or a factor such as ``60x``."""

    pace: Annotated[str, Field(max_length=20, examples=["60x"]), AfterValidator(lambda text: str(Pace.parse(text)))]


class Step(Part, defer_build=False):
    """A span of bench time to pass, at most a day."""

    span: Annotated[Duration, Field(le=86_400_000)]


class RadioChange(Changes, of=RadioConditions, defer_build=False):
    """Changed conditions of a radio; fields that are left out do not change."""


def _refuses(*codes: int) -> dict[int | str, dict[str, Any]]:
    """Return the error responses of a path, for its description."""
    words = {
        400: "The request is malformed.",
        401: "The token is missing or wrong.",
        403: "Host or Origin is not this machine.",
        404: "The path names something that this bench does not have.",
        405: "The path does not have this method.",
        409: "The state of the bench does not allow the call.",
        413: "The body is too large, or has no Content-Length.",
        422: "The body or a parameter is invalid.",
    }
    return {code: {"model": Problem, "description": words[code]} for code in (400, 401, 403, 405, 413, 422, *codes)}


def application(bench: Bench, token: str, tail: Tail, watched: "Watched | None" = None) -> FastAPI:
    """Return the API of a running bench, with its page; ``watched`` is the scenario that is played."""
    app = FastAPI(title=TITLE, version="1", openapi_url="/v1/openapi.json", docs_url=None, redoc_url=None)
    app.middleware("http")(guard(token))
    answer_errors(app)
    _steer_devices(app, bench)
    _steer_faults(app, bench)
    _receive_beliefs(app, bench)
    _steer_time(app, bench, tail)
    offer_page(app, lambda: _page_of(bench, tail, watched))
    return app


def _page_of(bench: Bench, tail: Tail, watched: "Watched | None") -> FastAPI:
    from isletbench.emulator.interfaces.web.live import live_site

    return live_site(bench, tail, watched)


def _found(what: str, name: str, known: Mapping[str, Any]) -> Any:
    if name not in known:
        there = f"expected one of {', '.join(known)}" if known else f"there is no {what}"
        raise HTTPException(404, f"{what} {name!r}: {there}")
    return known[name]


def _declaration(name: str, where: str, cls: type[Fault] | type[Action[Any]]) -> Declaration:
    return Declaration(name=name, where=where, symptom=summary(cls), schema=cls.model_json_schema())


def _steer_devices(app: FastAPI, bench: Bench) -> None:
    steering = bench.steering

    @app.get("/v1/status", responses=_refuses(), tags=["devices"])
    async def status() -> dict[str, Any]:
        """Return the state of every device and the injected faults."""
        return bench.status()

    @app.get("/v1/devices/{device}", responses=_refuses(404), tags=["devices"])
    async def device_status(device: str) -> dict[str, Any]:
        """Return the state of one device."""
        found: dict[str, Any] = _found("device", device, bench.status()["devices"])
        return found

    @app.get("/v1/devices/{device}/actions", responses=_refuses(404), tags=["devices"])
    async def actions(device: str) -> list[Declaration]:
        """Return the actions of a device."""
        _found("device", device, bench.hosts)
        table = steering.table(device)
        return [_declaration(name, table.kind, action) for name, action in table.by_name.items()]

    @app.post("/v1/devices/{device}/actions/{action}", responses=_refuses(404, 409), tags=["devices"])
    async def do(device: str, action: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Perform an action on a device; return its state afterwards.

        With ``when`` among the arguments, a condition, the action waits for it as a fault ``do``.
        """
        _found("device", device, bench.hosts)
        _found("action", action, steering.table(device).by_name)
        when = arguments.pop("when", None)
        try:
            steering.check(device, action, arguments)
            waiting = None if when is None else Do(device=device, action=action, arguments=arguments, when=condition_of(when))
        except ValueError as error:
            raise HTTPException(422, str(error)) from None
        if waiting is None:
            steering.do(device, action, arguments)
        else:
            steering.inject(waiting)
        found: dict[str, Any] = bench.status()["devices"][device]
        return found

    @app.get("/v1/devices/{device}/radio", responses=_refuses(404), tags=["devices"])
    async def radio(device: str) -> RadioConditions:
        """Return the conditions of a device's radio."""
        _found("device with Bluetooth LE", device, bench.radios)
        return steering.conditions(device)

    @app.patch("/v1/devices/{device}/radio", responses=_refuses(404), tags=["devices"])
    async def change_radio(device: str, change: RadioChange) -> RadioConditions:
        """Change conditions of a device's radio; return all of them afterwards."""
        _found("device with Bluetooth LE", device, bench.radios)
        steering.change_radio(device, **change.given(RadioConditions))
        return steering.conditions(device)


def _steer_faults(app: FastAPI, bench: Bench) -> None:
    faults = bench.steering.faults

    @app.get("/v1/catalogue", responses=_refuses(), tags=["faults"])
    async def catalogue() -> list[Declaration]:
        """Return every kind of fault with the symptom that a client sees."""
        return [_declaration(name, cls.whose.value, cls) for name, cls in FAULTS.items()]

    @app.get("/v1/scenarios", responses=_refuses(), tags=["faults"])
    async def scenarios_there() -> list[ScenarioSummary]:
        """Return the scenarios of the package."""
        from isletbench.emulator.scenarios.scenario import load_scenario, scenarios

        known = [load_scenario(name) for name in scenarios()]
        return [ScenarioSummary.model_validate(one.model_dump(include=set(ScenarioSummary.model_fields))) for one in known]

    @app.get("/v1/faults", responses=_refuses(), tags=["faults"])
    async def there() -> list[FaultStatus]:
        """Return the injected faults that are not cleared, the oldest first."""
        return [FaultStatus(**injected.to_dict()) for injected in faults.injected]

    @app.post("/v1/faults", status_code=201, responses=_refuses(409), tags=["faults"])
    async def inject(fault: AnyFault) -> FaultStatus:
        """Inject a fault."""
        return FaultStatus(**bench.steering.inject(fault).to_dict())

    @app.get("/v1/faults/{fault}", responses=_refuses(404), tags=["faults"])
    async def fault_status(fault: str) -> FaultStatus:
        """Return the state of a fault."""
        known = {injected.id: injected for injected in faults.injected}
        return FaultStatus(**_found("fault", fault, known).to_dict())

    @app.delete("/v1/faults/{fault}", responses=_refuses(404), tags=["faults"])
    async def clear(fault: str) -> FaultStatus:
        """Clear a fault and undo its effect."""
        _found("fault", fault, {injected.id: injected for injected in faults.injected})
        return FaultStatus(**bench.steering.clear(fault).to_dict())

    @app.delete("/v1/faults", responses=_refuses(), tags=["faults"])
    async def clear_all() -> list[FaultStatus]:
        """Clear every fault and undo its effect."""
        return [FaultStatus(**injected.to_dict()) for injected in faults.clear_all()]


def _receive_beliefs(app: FastAPI, bench: Bench) -> None:
    @app.post("/v1/beliefs", status_code=201, responses=_refuses(), tags=["beliefs"])
    async def believe(belief: Belief) -> dict[str, Any]:
        """Record a belief of a client: a dose, a reading or an alert."""
        accepted = belief.model_dump(mode="json", exclude_defaults=True)
        bench.believe(accepted)
        return accepted


def _steer_time(app: FastAPI, bench: Bench, tail: Tail) -> None:
    def time() -> Time:
        return Time(now=bench.clock.now(), pace=str(pace_of(bench.loop)))

    @app.put("/v1/pace", responses=_refuses(409), tags=["time"])
    async def pace(new: NewPace) -> Time:
        """Change the pace of the bench."""
        bench.steering.change_pace(Pace.parse(new.pace))
        return time()

    @app.post("/v1/step", responses=_refuses(409), tags=["time"])
    async def step(step: Step) -> Time:
        """Let a span of bench time pass at 1000x, then restore the pace; the response follows when the span has passed."""
        await bench.steering.step(step.span)
        return time()

    @app.delete("/v1/step", responses=_refuses(409), tags=["time"])
    async def end_step() -> Time:
        """End the step that is under way; the time that has passed has passed."""
        bench.steering.end_step()
        return time()

    @app.get(
        "/v1/journal",
        response_class=StreamingResponse,
        responses={**_refuses(), 200: {"content": {"text/event-stream": {}}, "description": "Server-sent events."}},
        tags=["journal"],
    )
    async def journal(
        request: Request,
        after: Annotated[int | None, Query(ge=0, le=1 << 53)] = None,
        limit: Annotated[int | None, Query(ge=1, le=1 << 53)] = None,
    ) -> StreamingResponse:
        """Stream the journal as it is written, one event per entry; see docs/journal.md for the entries.

        The stream begins after entry number ``after`` (0 is the oldest stored one), or after the entry of the header
        Last-Event-ID, or with the next entry. It ends with the bench, or after ``limit`` entries.
        """
        last = request.headers.get("last-event-id", "")
        begin = after if after is not None else int(last) if last.isdecimal() and len(last) < 16 else tail.last
        return StreamingResponse(tail.events(begin, limit), media_type="text/event-stream")
