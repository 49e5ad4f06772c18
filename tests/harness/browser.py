"""Debian's chromium for tests: one headless browser with an empty profile, on a screen of any width."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions"),
    *("--disable-dev-shm-usage", "--enable-precise-memory-info"),
)
NEEDS_BROWSER = (
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="no browser here: apt-get install chromium chromium-driver"),
    pytest.mark.skipif(find_spec("selenium") is None, reason="selenium is not installed: pip install selenium"),
)
"""Marks of a module whose tests need a browser."""
PATIENCE_S = 60


@contextmanager
def browser(profile: Path) -> Iterator[Any]:
    """A headless browser; ``profile`` is an empty directory."""
    webdriver = import_module("selenium.webdriver")
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=DRIVER))
    try:
        yield driver
    finally:
        driver.quit()


def screen(driver: Any, width: int = 1600, theme: str = "light", height: int = 1000) -> None:
    """Look at the page on a screen of this width, in this theme."""
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    features = [{"name": "prefers-color-scheme", "value": theme}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": features})


def opened(driver: Any, page: str, width: int = 1600, theme: str = "light") -> None:
    """The page on a screen of this width, in this theme."""
    screen(driver, width, theme)
    driver.get(page)


def pointer(driver: Any) -> Any:
    """The mouse, and what it is to do."""
    return import_module("selenium.webdriver").ActionChains(driver)


def of_page(driver: Any, words: str) -> Any:
    """What an expression is in the page."""
    return driver.execute_script(f"return {words}")


def until(driver: Any, words: str) -> Any:
    """Wait until an expression is true in the page; returns what it is then."""
    waits = import_module("selenium.webdriver.support.wait").WebDriverWait
    condition: Callable[[Any], Any] = lambda page: of_page(page, words)  # noqa: E731  # what it waits for
    return waits(driver, PATIENCE_S, poll_frequency=0.05).until(condition, f"never true in the page: {words}")


def complaints(driver: Any) -> list[Any]:
    """What the browser complains of since it was asked last."""
    return [entry for entry in driver.get_log("browser") if entry["level"] == "SEVERE"]
