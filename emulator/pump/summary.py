"""The state of a pump as plain data for people: the status command and the live line."""

from collections.abc import Mapping
from typing import Any

from isletbench.emulator.core.quantities import Instant, hours, minutes
from isletbench.emulator.pump.amounts import iu
from isletbench.emulator.pump.glucose import arrow
from isletbench.emulator.pump.parts import Parts


def summary(parts: Parts, now: Instant) -> Mapping[str, Any]:
    """Amounts in U, rates in U/h; the other units are in the names."""
    shown, tbr, path = parts.reservoir.shown, parts.tbr.active, parts.path
    return {
        "clock": parts.clock.at(now).isoformat(timespec="seconds"),
        "therapy": parts.therapy.state.name,
        "operational": parts.operation.state.name,
        "basal_u_per_h": iu(parts.basal.delivered_rate),
        "tbr": tbr and {"ends_in_min": (tbr.ends_at - now) // minutes(1), "value": tbr.wanted.in_wire_units},
        "reservoir_u": iu(parts.reservoir.remaining),
        "reservoir_shown_u": None if shown is None else iu(shown),
        "boluses": [
            {
                "id": bolus.id,
                "state": bolus.state.value,
                "programmed_u": iu(bolus.wanted.amount),
                "delivered_u": iu(bolus.delivered),
            }
            for bolus in parts.boluses.by_start
        ],
        "battery_percent": parts.battery.level(now),
        "pressure_kpa": round(path.pressure_kpa(now), 1),
        "infusion_set_age_h": round(max(0, now - parts.infusion_set.since) / hours(1), 1),
        "in_line_u": iu(path.in_line),
        "to_tissue_u": iu(path.to_tissue),
        "leaked_u": iu(path.leaked),
        "flight_mode": parts.status.flight_mode,
        "alerting": parts.status.alerting.name,
        "annunciations": [annunciation.type.name for annunciation in parts.annunciations.active.values()],
        "cgm": _cgm(parts, now),
    }


def _cgm(parts: Parts, now: Instant) -> Mapping[str, Any] | None:
    """What the pump shows of its CGM; None for a pump that has none."""
    glucose, suspend = parts.glucose, parts.low_suspend
    if glucose.link is None:
        return None
    newest, shown, trend = glucose.newest, glucose.shown(now), glucose.trend
    since = suspend.since if suspend.suspends else None
    return {
        "link": glucose.link.value,
        "glucose_mg_dl": shown and shown.mg_dl,
        "trend_mg_dl_per_min": trend if shown else None,
        "arrow": arrow(trend) if shown and trend is not None else None,
        "age_min": newest and max(0, now - newest.measured) // minutes(1),
        "low_suspend": suspend.state.value,
        "basal_suspended_min": None if since is None else (now - since) // minutes(1),
    }
