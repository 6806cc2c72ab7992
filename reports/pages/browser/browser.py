"""A real headless Chromium for tests of pages. Where it is absent the tests are skipped, and say so."""

import os
import shutil
import sys

SKIPPED = 77  # what ctest takes for a skipped test


def skip(why):
    print(f"SKIPPED: pages are not looked at in a browser: {why}; .ci/packages.test names what is missing")
    sys.exit(SKIPPED)


def start(width=1280, height=900):
    try:
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service
    except ImportError:
        skip("selenium for Python was not found")
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        skip("chromium or its driver was not found")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in ("--headless=new", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=1",
                     "--disable-dev-shm-usage", "--disable-breakpad", "--disable-renderer-backgrounding",
                     "--disable-backgrounding-occluded-windows", f"--window-size={width},{height}"):
        options.add_argument(argument)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    started = webdriver.Chrome(service=Service(driver), options=options)
    started.command_executor.set_timeout(60)  # a browser that hangs is an error, and no wait for ever
    started.set_script_timeout(30)
    return started


def set_width(driver, width, height=900):
    """The page's own width, whatever the window adds; narrower than a window may be."""
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                           {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})


def complaints(driver):
    """What the console said since it was last asked, errors and warnings."""
    return [entry["message"] for entry in driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]
