"""A scenario file that is wrong is refused with file, key and what was expected; those of the package are whole."""

from importlib.resources import files

import pytest

from isletbench.emulator.scenarios.checks import CHECKS
from isletbench.emulator.scenarios.scenario import ScenarioError, load_scenario, parse, scenarios

GOOD = """schema = 1
id = "MY-01"
title = "Mine"
story = "The device vanishes for a while, and is there again."
lasts = "2h"

[devices.cgm]
profile = "minute_14_day"

[[event]]
at = "30m"
device = "pump"
do = "suspend"

[[fault]]
fault = "vanish"
device = "cgm"
at = "1h"
lasts = "10m"

[[expect]]
check = "reconnects"
within = "5m"
"""


def test_a_scenario_is_read_with_its_rig_and_everything_that_happens() -> None:
    scenario = parse(GOOD, "mine.toml")
    assert scenario.rig_of().devices["cgm"].profile == "minute_14_day"
    assert scenario.rig_of().devices["pump"].profile == "generic"
    assert [(fault.kind(), fault.device, fault.at) for fault in scenario.faults()] == [
        ("do", "pump", 1_800_000),
        ("vanish", "cgm", 3_600_000),
    ]


def test_on_a_personality_the_devices_of_its_kind_speak_it_where_clients_expect_it() -> None:
    scenario = parse(
        GOOD.replace('lasts = "2h"', 'speaks = ["paradigm_rileylink", "paradigm_rfspy"]\nlasts = "2h"', 1), "mine.toml"
    )
    assert scenario.ways == ("serial", "ble", "paradigm_rileylink", "paradigm_rfspy")
    stick, link = (scenario.rig_of(over).devices for over in ("paradigm_rfspy", "paradigm_rileylink"))
    assert (stick["pump"].speaks, stick["pump"].profile, stick["pump"].serial) == ("paradigm_rfspy", "paradigm_x23", "pty:")
    assert (link["pump"].speaks, link["pump"].serial) == ("paradigm_rileylink", None)
    assert link["pump"].ble is not None
    assert (link["pump"].ble.passkey, link["pump"].ble.address) == (None, "F0:10:00:00:00:02")
    assert stick["cgm"] == link["cgm"] == scenario.rig_of("serial").devices["cgm"]
    assert scenario.rig_of("ble").devices["pump"].speaks is None


@pytest.mark.parametrize(
    ("instead_of", "write", "sentence"),
    [
        ("schema = 1", "schema = 2", "schema: expected 1 or less, got 2"),
        ('id = "MY-01"', 'id = "mine"', "id: expected text such as"),
        ('lasts = "2h"', 'lasts = "2h"\nspeaks = ["morse"]', "speaks: 'morse': expected one of dexcom_receiver, "),
        ('lasts = "2h"', "lasts = 2", "lasts: expected a duration in quotes"),
        ('lasts = "2h"', 'lasts = "50m"', "fault: expected everything to begin before the scenario ends"),
        ('lasts = "2h"', 'lasts = "2h"\nlast = 1', "last: there is no such key here"),
        ('lasts = "2h"', 'lasts = "2h"\nrig = "none"', "none: there is no such file; expected a rig file or one of"),
        (
            "[devices.cgm]",
            "[devices.toaster]",
            "devices.toaster: the rig default has no such device: expected one of",
        ),
        ('profile = "minute_14_day"', "profile = 14", "devices.cgm.profile: expected text in quotes"),
        ('do = "suspend"', 'do = "fly"', "event.0: action 'fly': a pump knows suspend"),
        ('do = "suspend"', 'do = "attach"', "event.0: attach: reservoir: expected a value, it is missing"),
        ('device = "pump"', 'device = "toaster"', "event.0.device: 'toaster': expected one of cgm, pump"),
        ('fault = "vanish"', 'fault = "vanished"', "fault.0.fault: expected one of"),
        ('fault = "vanish"', 'fault = "vanish"\nnth = 1', "fault.0.nth: there is no such key here"),
        ('fault = "vanish"', 'fault = "vanish"\nstate = "STOP"', "fault.0: state: 'STOP': expected a state that a cgm has"),
        (
            'fault = "vanish"',
            'fault = "vanish"\nwhen = "struck me"',
            "fault.0: when: struck 'me': expected the name of",
        ),
        ('fault = "vanish"', 'fault = "vanish"\nwhen = "idle 5m device tv"', "fault.0: when: device: 'tv': expected one of"),
        ('check = "reconnects"', 'check = "reconnect"', "expect.0.check: expected one of"),
        ('within = "5m"', 'within = "soon"', "expect.0.within: duration 'soon': expected a number"),
        ("[[expect]]", "[[expected]]", "expected: there is no such key here; expected one of expect, seed or 19"),
        ("schema = 1", "schema = ", "not valid TOML"),
    ],
)
def test_a_wrong_scenario_is_refused_with_key_and_expectation(instead_of: str, write: str, sentence: str) -> None:
    with pytest.raises(ScenarioError) as error:
        parse(GOOD.replace(instead_of, write, 1), "mine.toml")
    assert str(error.value).startswith("mine.toml: ")
    assert sentence in str(error.value)


def test_a_scenario_that_is_not_there_is_said_so() -> None:
    with pytest.raises(ScenarioError, match="LNK-99: there is no such file; expected a scenario file or one of LNK-29,"):
        load_scenario("LNK-99")


@pytest.mark.parametrize("name", scenarios())
def test_the_scenarios_of_the_package_are_whole(name: str) -> None:
    scenario = load_scenario(name)
    assert scenario.id == name
    assert scenario.seen
    assert (files("isletbench.hil_rigs") / "scenarios" / f"{name}.toml").is_file()


def test_every_standing_invariant_is_exercised_by_scenarios() -> None:
    assert {invariant for name in scenarios() for invariant in load_scenario(name).invariants} == {f"I{n}" for n in range(1, 8)}


def test_every_check_says_what_a_client_has_to_do() -> None:
    for name, check in CHECKS.items():
        assert check.model_fields["check"].default == name
        assert len((check.__doc__ or "").split()) >= 10
