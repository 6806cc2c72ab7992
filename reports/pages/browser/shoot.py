"""Screenshots of a page for people to look at: shoot.py PAGE.html STEM -> STEM-{order,time}-{light,dark}[-narrow].png"""

import pathlib
import sys

import browser


def shoot(driver, page, stem):
    for width in (1280, 390):
        browser.set_width(driver, width)
        driver.get(pathlib.Path(page).resolve().as_uri())
        for theme in ("light", "dark"):
            driver.execute_script("document.documentElement.setAttribute('data-theme', arguments[0])", theme)
            for axis in ("order", "time"):
                driver.execute_script("document.querySelectorAll('input[name=p-axis]')[arguments[0]].click()", 0 if axis == "order" else 1)
                driver.execute_async_script("setTimeout(arguments[0], 120)")
                height = driver.execute_script("return document.documentElement.scrollHeight")
                browser.set_width(driver, width, min(height, 2600))
                narrow = "" if width == 1280 else "-narrow"
                driver.save_screenshot(f"{stem}-{axis}-{theme}{narrow}.png")
                browser.set_width(driver, width)
    print("\n".join(browser.complaints(driver)))


if __name__ == "__main__":
    started = browser.start()
    try:
        for i in range(1, len(sys.argv), 2):
            shoot(started, sys.argv[i], sys.argv[i + 1])
    finally:
        started.quit()
