"""The report in a real browser: on a phone and on a wide screen, light and dark, with a script and without, on paper."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from isletbench.emulator.reports.report import report_of
from isletbench.emulator.scenarios.judge import verdict_on
from tests.harness import browser as browsers
from tests.harness.browser import NEEDS_BROWSER, complaints, of_page, opened, pointer
from tests.reports.runs import run
from tests.reports.test_page import scenario

pytestmark = [pytest.mark.slow, *NEEDS_BROWSER]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a report with a verdict."""
    entries = run()
    file: Path = tmp_path_factory.mktemp("report") / "day.html"
    file.write_text(report_of(entries, verdict_on(scenario(), "", entries)).html(), encoding="utf-8")
    return file.as_uri()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A headless browser with an empty profile."""
    with browsers.browser(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1600])
def test_it_fits_the_screen_and_loads_nothing(browser: Any, page: str, width: int, theme: str) -> None:
    opened(browser, page, width, theme)
    assert of_page(browser, "document.documentElement.scrollWidth") <= width
    assert of_page(browser, "document.querySelectorAll('#timeline canvas').length") == 3
    assert of_page(
        browser, "[...document.querySelectorAll('.uplot')].every(c => c.getBoundingClientRect().right <= innerWidth)"
    )
    assert of_page(browser, "performance.getEntriesByType('resource').length") == 0
    assert complaints(browser) == []
    dark = of_page(browser, "getComputedStyle(document.documentElement).backgroundColor")
    assert (dark == "rgb(16, 21, 27)") == (theme == "dark")


def test_on_a_phone_no_table_has_to_be_pushed_aside_and_hidden_events_stay_hidden(browser: Any, page: str) -> None:
    opened(browser, page, 360, "light")
    tables = (
        "[...document.querySelectorAll('.ranges, .events table')].map(t => [t.scrollWidth, t.closest('.wide').clientWidth])"
    )
    assert all(wide <= room for wide, room in of_page(browser, tables))
    browser.execute_script("document.querySelectorAll('.events tbody tr')[0].hidden = true")
    assert of_page(browser, "document.querySelectorAll('.events tbody tr')[0].offsetHeight") == 0


def test_it_zooms_by_buttons_and_by_dragging_and_every_chart_follows(browser: Any, page: str) -> None:
    opened(browser, page)
    whole = of_page(browser, "report.shown()")
    browser.execute_script("document.querySelector('[data-act=in]').click()")
    from_, until = of_page(browser, "report.shown()")
    assert until - from_ == (whole[1] - whole[0]) / 2
    chart = browser.find_element("css selector", "#timeline .u-over")
    pointer(browser).move_to_element_with_offset(chart, -100, 0).click_and_hold().move_by_offset(200, 0).release().perform()
    later, sooner = of_page(browser, "report.shown()")
    assert from_ < later < sooner < until
    pointer(browser).move_to_element(chart).double_click().perform()
    assert of_page(browser, "report.shown()") == whole


def test_it_tells_what_was_so_under_the_pointer(browser: Any, page: str) -> None:
    opened(browser, page)
    browser.execute_script(f"report.show({1_767_254_400 + 3_600}, {1_767_254_400 + 3 * 3_600})")
    chart = browser.find_element("css selector", "#timeline .u-over")
    left = -chart.size["width"] // 2 + 3
    pointer(browser).move_to_element_with_offset(chart, left, 0).perform()
    words = browser.find_element("css selector", ".readout").text
    for part in (
        "Thu 1 Jan 09:0",
        "true 110 mg/dL",
        "cgm 121",
        "basal 1.2 U/h",
        "bolus 3 U of 4",
        "60 g eaten",
        "cgm connected",
    ):
        assert part in words, (part, words)


def test_the_list_of_events_can_be_filtered(browser: Any, page: str) -> None:
    opened(browser, page)
    shown = "[...document.querySelectorAll('#events tbody tr')].filter(row => !row.hidden)"
    every = of_page(browser, f"{shown}.length")
    browser.find_element("css selector", "#events input[type=search]").send_keys("BOLUS 1")
    assert of_page(browser, f"{shown}.map(row => row.dataset.kind)") == ["insulin", "insulin"]
    browser.execute_script("document.querySelector('#events input[value=insulin]').click()")
    assert of_page(browser, f"{shown}.length") == 0
    assert browser.find_element("css selector", "#events .count").text == f"0 of {every}"


def test_a_finding_leads_to_its_moment_and_a_day_to_that_day(browser: Any, page: str) -> None:
    opened(browser, page)
    browser.execute_script("document.querySelector('#verdict .go').click()")
    from_, until = of_page(browser, "report.shown()")
    assert from_ < 1_767_254_400 + 4 * 3_600 < until
    assert until - from_ == 3 * 3_600
    browser.execute_script("document.querySelectorAll('#days .go')[1].click()")
    assert of_page(browser, "report.shown()") == [1_767_254_400 + 16 * 3_600, 1_767_254_400 + 24 * 3_600]


def test_on_paper_the_drawing_is_there_and_the_tools_are_not(browser: Any, page: str) -> None:
    opened(browser, page)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert browser.find_element("css selector", "#timeline .static svg").is_displayed()
    assert not browser.find_element("css selector", "#timeline .live").is_displayed()
    assert browser.execute_cdp_cmd("Page.printToPDF", {})["data"].startswith("JVBERi")


def test_without_a_script_it_shows_the_same_still(browser: Any, page: str) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        opened(browser, page)
        assert browser.find_element("css selector", "#timeline .static svg").is_displayed()
        assert not browser.find_element("css selector", "#events .filter").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
