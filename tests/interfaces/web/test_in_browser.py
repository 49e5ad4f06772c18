"""The page as a person meets it, in a real browser: what it shows, what a press does, and how it looks on every screen."""

import asyncio
import json
import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from isletbench.emulator.collectors.serial_client import SerialClient
from isletbench.emulator.faults import FAULTS
from isletbench.emulator.interfaces.control import served
from isletbench.emulator.interfaces.control.page_routes import page_alone
from isletbench.emulator.interfaces.web.finished import finished_site
from isletbench.emulator.scenarios.judge import verdict_on
from isletbench.hil_rigs.clients.pump_client import PumpClient
from tests.harness.browser import NEEDS_BROWSER, browser, complaints, of_page, opened, pointer, screen, until
from tests.interfaces.web.looked_at import LookedAt, looked_at
from tests.reports.runs import run
from tests.reports.test_page import scenario

pytestmark = list(NEEDS_BROWSER)
CONTRAST = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with browser(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


@pytest.fixture(scope="module")
def bench(driver: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LookedAt]:
    """A paused bench, an hour old, and its page in the browser."""
    with looked_at(tmp_path_factory.mktemp("bench")) as there:
        there.step(60)
        opened(driver, there.page)
        until(driver, "window.bench?.series.end >= 3600000")
        yield there


def shown(driver: Any, selector: str) -> str:
    """The text of an element."""
    found: str = driver.find_element("css selector", selector).text
    return found


def press(driver: Any, selector: str) -> None:
    """Click on an element, wherever it is, as soon as it is there."""
    until(driver, f"document.querySelector({json.dumps(selector)}) !== null")
    driver.execute_script("document.querySelector(arguments[0]).click()", selector)


def choose(driver: Any, selector: str, choice: str) -> None:
    """Choose something in a list."""
    script = (
        "const list = document.querySelector(arguments[0]); list.value = arguments[1]; list.dispatchEvent(new Event('change'))"
    )
    driver.execute_script(script, selector, choice)


def test_it_opens_by_its_link_and_the_token_is_gone(driver: Any, bench: LookedAt) -> None:
    assert driver.current_url == bench.page.partition("?")[0] + "page/"
    assert driver.execute_script("return document.cookie") == ""  # no script can read it
    hosts = of_page(driver, "performance.getEntriesByType('resource').map(one => new URL(one.name).host)")
    assert set(hosts) == {bench.page.split("/")[2]}
    assert complaints(driver) == []


def test_readings_appear_as_they_are_measured(driver: Any, bench: LookedAt) -> None:
    before = of_page(driver, "bench.series.sensors.get('cgm').length")
    bench.step(5)
    until(driver, f"bench.series.sensors.get('cgm').length > {before}")
    value = bench.call(bench.bench.status)["devices"]["cgm"]["glucose_mg_dl"]
    until(driver, f"document.querySelector('[data-device=cgm] .big').textContent.startsWith('{round(value)}')")
    assert "ago" in shown(driver, "[data-device=cgm] .main")
    assert of_page(driver, "document.querySelectorAll('#axis canvas').length") == 3


def test_a_bolus_grows_and_its_messages_are_decoded(driver: Any, bench: LookedAt) -> None:
    client = bench.pump()
    client.bolus(2.0)
    until(driver, "/0 \\/ 2/.test(document.querySelector('[data-device=pump] .main').textContent)")
    bench.step(0.5)
    grown = until(
        driver, "bench.series.pumps.get('pump').boluses.at(-1).given > 0 && bench.series.pumps.get('pump').boluses.at(-1).given"
    )
    assert 0 < round(grown, 9) <= 2
    bench.step(5)
    until(driver, "bench.series.pumps.get('pump').boluses.at(-1).end !== null")
    assert of_page(driver, "bench.series.pumps.get('pump').boluses.at(-1).given") == pytest.approx(2.0)
    bench.link.close()
    driver.find_element("css selector", "#conversation input[type=search]").send_keys("setbolus")
    until(driver, "document.querySelectorAll('#conversation .row.in').length === 1")
    row = driver.find_element("css selector", "#conversation .row.in")
    for words in ("SetBolus", "fast amount 2 IU", "answered"):
        assert words in row.text
    row.click()
    until(driver, "document.querySelectorAll('.octet').length > 8")


def test_a_field_and_its_octets_light_up_each_other(driver: Any, bench: LookedAt) -> None:
    field = driver.find_element("xpath", "//tr[@data-field][th='fast amount']")
    begin, end = int(field.get_attribute("data-begin")), int(field.get_attribute("data-end"))
    pointer(driver).move_to_element(field).perform()
    lit = "[...document.querySelectorAll('.octet.lit')].map(octet => Number(octet.dataset.octet))"
    assert of_page(driver, lit) == list(range(begin, end))
    pointer(driver).move_to_element(driver.find_element("css selector", ".octet")).perform()
    assert of_page(driver, "[...document.querySelectorAll('tr.lit th')].map(field => field.textContent)") == ["op code"]
    assert shown(driver, ".command code").startswith("isletbench decode ids.CommandControlPoint ")


def test_a_fault_is_injected_by_a_press_and_its_symptom_appears(driver: Any, bench: LookedAt) -> None:
    press(driver, "#conversation input[type=search]")
    driver.execute_script("document.querySelector('#quick-device').value = 'pump'")
    press(driver, "[data-quick='Lose next reply']")
    until(driver, "document.querySelector('#active [data-fault]')?.textContent.includes('lose reply on pump: armed')")
    assert "isletbench inject lose_reply device=pump" in shown(driver, "#toasts")
    with suppress(TimeoutError), SerialClient(bench.bench.ready()["devices"]["pump"]["serial"], timeout=0.3) as link:
        PumpClient(link)
    search = driver.find_element("css selector", "#conversation input[type=search]")
    search.clear()
    press(driver, "#faulty")
    until(
        driver,
        "[...document.querySelectorAll('#conversation .row.faulty .label.bad')].some(one => one.textContent === 'lose_reply')",
    )
    press(driver, "#faulty")


def test_an_active_fault_is_cleared_by_its_button(driver: Any, bench: LookedAt) -> None:
    press(driver, "[data-quick='Vanish 10 min']")
    until(driver, "document.querySelector('#active [data-fault=vanish] button')")
    press(driver, "#active [data-fault=vanish] button")
    until(driver, "!document.querySelector('#active [data-fault=vanish]')")
    assert bench.call(lambda: [one.id for one in bench.bench.steering.faults.injected if one.id == "vanish"]) == []


def test_a_form_is_made_from_the_schema_and_says_the_command_line(driver: Any, bench: LookedAt) -> None:
    press(driver, "#steer-tab-1")
    choose(driver, "#fault", "delay_reply")
    choose(driver, "#fault-device", "cgm")
    assert shown(driver, "#steer-panel-1 .symptom") == FAULTS["delay_reply"].symptom()
    by = driver.find_element("xpath", "//div[@id='steer-panel-1']//label[starts-with(., 'by')]/following-sibling::input")
    by.send_keys("250ms")
    assert shown(driver, "#steer-panel-1 .line") == "isletbench inject delay_reply device=cgm by=250ms"
    press(driver, "#steer-panel-1 button[type=submit]")
    until(driver, "document.querySelector('#active [data-fault=delay_reply]')")
    declared = bench.call(lambda: bench.bench.steering.faults.injected[-1].to_dict()["declared"])
    assert declared == {"fault": "delay_reply", "device": "cgm", "by": "250ms"}
    press(driver, "#active [data-fault=delay_reply] button")
    press(driver, "#steer-tab-0")


def test_a_refusal_is_shown_with_the_sentence_of_the_bench(driver: Any, bench: LookedAt) -> None:
    press(driver, "#steer-tab-2")
    choose(driver, "#action-device", "pump")
    choose(driver, "#action", "bolus")
    driver.find_element("css selector", "#steer-panel-2 .form input").send_keys("many")
    press(driver, "#steer-panel-2 button[type=submit]")
    until(driver, "document.querySelector('.toast.bad')?.textContent.includes('units')")
    press(driver, "#steer-tab-0")


def test_time_passes_by_a_press_and_the_pace_changes(driver: Any, bench: LookedAt) -> None:
    before = bench.call(bench.bench.clock.now)
    press(driver, "#time [title^='Let five minutes']")
    until(driver, f"bench.series.end >= {before + 240_000} && !document.querySelector('#time button:disabled')")
    press(driver, "[data-pace=real]")
    until(driver, "document.querySelector('[data-pace=real]').getAttribute('aria-pressed') === 'true'")
    press(driver, "[data-pace=paused]")
    until(driver, "document.querySelector('[data-pace=paused]').getAttribute('aria-pressed') === 'true'")


def test_the_list_is_moved_through_by_keys_and_can_be_paused(driver: Any, bench: LookedAt) -> None:
    keys = import_module("selenium.webdriver.common.keys").Keys
    rows = driver.find_element("css selector", ".list")
    rows.send_keys(keys.END)
    last = of_page(driver, "bench.conversation.list.selected")
    rows.send_keys(keys.ARROW_UP)
    assert of_page(driver, "bench.conversation.list.selected") == last - 1
    press(driver, "#conversation [aria-pressed]")
    before = of_page(driver, "bench.conversation.list.length")
    press(driver, "[data-quick='Vanish 10 min']")
    until(driver, "bench.conversation.list.waiting > 0")
    assert of_page(driver, "bench.conversation.list.length") == before
    press(driver, "#conversation [aria-pressed]")
    until(driver, f"bench.conversation.list.length > {before}")
    press(driver, "#active [data-fault=vanish] button")


def test_rows_of_every_kind_have_one_height_and_none_covers_another(driver: Any, bench: LookedAt) -> None:
    rows = "[...document.querySelectorAll('#conversation .row')]"
    kinds = f"new Set({rows}.map(row => row.className))"
    bench.step(5)
    of_page(driver, "(bench.conversation.list.root.scrollTop = 0)")
    until(driver, f"{kinds}.size >= 2 && [...{kinds}].some(name => name.split(' ').includes('device'))")
    heights = of_page(driver, f"[...new Set({rows}.map(row => row.offsetHeight))]")
    assert len(heights) == 1
    assert heights[0] <= of_page(driver, "bench.conversation.list.height")
    of_page(driver, "bench.conversation.toNewest()")


def test_the_timeline_is_moved_by_keys(driver: Any, bench: LookedAt) -> None:
    keys = import_module("selenium.webdriver.common.keys").Keys
    charts = driver.find_element("css selector", ".charts")
    from_, until_ = of_page(driver, "bench.axis.range()")
    charts.send_keys("+")
    assert of_page(driver, "bench.axis.shown") == pytest.approx([(3 * from_ + until_) / 4, (from_ + 3 * until_) / 4])
    before = of_page(driver, "bench.axis.shown")
    charts.send_keys(keys.ARROW_LEFT)
    assert of_page(driver, "bench.axis.shown[0]") < before[0]
    assert not of_page(driver, "bench.axis.follows")
    charts.send_keys(keys.END)
    assert of_page(driver, "bench.axis.follows")


def test_a_lost_stream_is_taken_up_where_it_was(driver: Any, bench: LookedAt) -> None:
    before = of_page(driver, "bench.store.next")
    of_page(driver, "(bench.feed.close(), bench.feed.again())")  # as a browser does by itself, with the number it has got last
    bench.call(lambda: bench.bench.steering.do("cgm", "battery", {"percent": 50}))
    until(driver, f"bench.store.next > {before}")
    lines = of_page(driver, "[...Array(bench.store.length).keys()].map(n => bench.store.row(bench.store.first + n).n)")
    assert lines == sorted(set(lines))


def test_a_bench_that_does_not_answer_is_not_called_live(driver: Any, bench: LookedAt) -> None:
    gate = threading.Event()
    assert bench.loop is not None
    bench.loop.call_soon_threadsafe(gate.wait)
    try:
        until(driver, "document.querySelector('#state').textContent === 'not answering'")
    finally:
        gate.set()
    until(driver, "document.querySelector('#state').textContent === 'live'")


def test_a_device_is_offered_for_quick_faults_where_it_can_have_one(driver: Any, bench: LookedAt) -> None:
    assert of_page(driver, "[...document.querySelectorAll('#quick-device option')].map(one => one.value)") == ["cgm", "pump"]


def test_where_a_device_of_many_listens_is_one_press_away(driver: Any, bench: LookedAt) -> None:
    where = "document.querySelector('[data-device=cgm] .where').offsetHeight"
    of_page(driver, "document.body.classList.add('many')")
    assert of_page(driver, where) == 0
    press(driver, "[data-device=cgm] summary")
    assert of_page(driver, where) > 0
    press(driver, "[data-device=cgm] summary")
    of_page(driver, "document.body.classList.remove('many')")


@pytest.mark.parametrize(("width", "theme"), [(360, "dark"), (900, "light"), (1600, "dark"), (1600, "light")])
def test_it_fits_every_screen_and_every_text_can_be_read(driver: Any, bench: LookedAt, width: int, theme: str) -> None:
    screen(driver, width, theme)
    until(driver, f"bench.axis.charts[0].width <= {width} && innerWidth === {width}")
    assert of_page(driver, "document.documentElement.scrollWidth") <= width
    assert driver.execute_script(CONTRAST) == []
    if place := os.environ.get("ISLETBENCH_SHOTS"):
        driver.save_screenshot(str(Path(place) / f"page-{width}-{theme}.png"))
    screen(driver)


@pytest.mark.parametrize(
    ("radio", "words"),
    [
        ({}, "no annunciation"),
        ({"awaits_passkey": True}, "awaits the passkey that its client displays"),
        ({"storm": 50}, "the next 50 Bluetooth connections break"),
    ],
)
def test_a_device_says_what_its_radio_awaits(driver: Any, bench: LookedAt, radio: dict[str, Any], words: str) -> None:
    status = {"kind": "cgm", "clients": [], "ble": {"name": "IB-CGM", "address": "F0:10:00:00:00:01", **radio}}
    said = driver.execute_async_script(
        "const [status, done] = arguments, root = document.createElement('div');"
        "import(new URL('strips.js', document.baseURI)).then(({Strips}) => {"
        "  const nothing = {reading: () => null, pumps: new Map()};"
        "  new Strips(root, [{name: 'cgm', kind: 'cgm'}], nothing).update({cgm: status}, 0);"
        "  done(root.querySelector('.notes').textContent);"
        "});",
        status,
    )
    assert said.startswith(words)


def test_nothing_moves_while_it_loads(driver: Any, bench: LookedAt) -> None:
    driver.refresh()
    until(driver, "window.bench?.store.length > 5 && document.querySelectorAll('.presses button').length > 5")
    moved = driver.execute_async_script(
        "const done = arguments[0]; let sum = 0;"
        "new PerformanceObserver(list => { for (const one of list.getEntries()) if (!one.hadRecentInput) sum += one.value; })"
        ".observe({type: 'layout-shift', buffered: true}); requestAnimationFrame(() => requestAnimationFrame(() => done(sum)));"
    )
    assert moved < 0.1, f"{moved}: good is less than 0.1 (web.dev, cumulative layout shift)"


@pytest.fixture(scope="module")
def finished() -> Iterator[str]:
    """The address of the page of a finished run, with a verdict, served in a thread."""
    entries = run()
    app = page_alone(finished_site(entries, verdict_on(scenario(), "", entries)), "secret")
    loop, there, over = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    address: list[str] = []

    async def serve() -> None:
        async with served(app, lambda: None) as url:
            address.append(f"{url}/?token=secret")
            there.set()
            await over.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert there.wait(60)
    yield address[0]
    loop.call_soon_threadsafe(over.set)
    thread.join(60)
    loop.close()


def test_a_finished_journal_has_a_verdict_that_leads_into_it(driver: Any, finished: str) -> None:
    complaints(driver)
    opened(driver, finished)
    until(driver, "window.bench?.series.end === 86400000 && document.querySelector('#state').textContent === 'ended'")
    assert shown(driver, "#verdict .outcome") == "failed"
    link = driver.find_element("css selector", "#verdict [data-line]")
    line, at = (int(link.get_attribute(name)) for name in ("data-line", "data-at"))
    press(driver, "#verdict [data-line]")
    chosen = until(driver, "bench.conversation.list.selected !== null && bench.store.row(bench.conversation.list.selected).n")
    assert chosen >= line
    assert of_page(driver, "bench.store.row(bench.conversation.list.selected).t") == at, "the moment that the link names"
    assert not of_page(driver, "bench.axis.follows")
    assert complaints(driver) == []


def test_its_time_is_moved_by_a_slider(driver: Any, finished: str) -> None:
    driver.execute_script(
        "const slider = document.querySelector('#time input'); slider.value = 36600000;"
        "slider.dispatchEvent(new Event('input')); slider.dispatchEvent(new Event('change'));"
    )
    until(driver, "document.querySelector('#time .clock').textContent === '18:10:00'")
    until(driver, "document.querySelector('[data-device=pump] .notes').textContent.includes('occlusion detected')")
    driver.find_element("css selector", "#conversation input[type=search]").send_keys("occlusion")
    until(driver, "bench.conversation.list.length > 0 && bench.conversation.list.length < 8")
    assert not driver.find_element("css selector", "#steer").is_displayed()
