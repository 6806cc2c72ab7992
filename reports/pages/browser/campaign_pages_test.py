"""The pages of campaigns, the zoo and validations in a real browser, by keyboard and by what a screen reader is told.

campaign_pages_test.py LOCKSTEP: the program makes the pages. Exit code 77, with a line that says why: something that is
needed is not here.
"""

import json
import os
import subprocess
import sys
import tempfile

HOSTILE = '</script><img src=x onerror="window.hurt=1"><b>&lt;'

# Of each text that is seen: how it contrasts with what is behind it, if that is too little.
CONTRAST = """
const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255; return v <= 0.04 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const rgba = (s) => { const v = s.match(/[\\d.]+/g).map(Number); return v.length > 3 ? v : [...v, 1]; };
const behind = (e) => { const layers = [];
  for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor); layers.push(c); if (c[3] === 1) break; }
  return layers.reverse().reduce((under, c) => under.map((v, i) => v * (1 - c[3]) + c[i] * c[3]), [255, 255, 255]); };
const bad = [];
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walk.nextNode()) {
  const e = walk.currentNode.parentElement;
  if (!walk.currentNode.data.trim() || e.closest("script, style, svg") || !e.checkVisibility()) continue;
  const [a, b] = [light(rgba(getComputedStyle(e).color).slice(0, 3)), light(behind(e))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) bad.push(`${ratio.toFixed(2)} ${walk.currentNode.data.trim().slice(0, 40)}`);
}
return bad;
"""

# What a table, a picture or a button does not tell who cannot see it.
UNTOLD = """
const bad = [];
for (const t of document.querySelectorAll("table")) {
  if (!t.caption || !t.caption.textContent.trim()) bad.push("a table without a caption");
  for (const h of t.querySelectorAll("th")) if (!h.scope) bad.push(`a head without a scope: ${h.textContent}`);
}
for (const s of document.querySelectorAll("svg")) {
  const hidden = s.getAttribute("aria-hidden") === "true", named = s.getAttribute("aria-label");
  if (!hidden && !(s.getAttribute("role") === "img" && named)) bad.push("a picture without words");
}
for (const b of document.querySelectorAll("button, a")) if (!b.textContent.trim()) bad.push("a button without a name");
const heads = [...document.querySelectorAll("h1, h2, h3, h4")].map((h) => Number(h.tagName[1]));
heads.forEach((level, at) => { if (at > 0 && level > heads[at - 1] + 1) bad.push(`a heading leaps to level ${level}`); });
if (document.querySelectorAll("h1").length !== 1) bad.push("not one first heading");
return bad;
"""


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
except ImportError:
    skip("python3-selenium is not installed")
if not os.path.exists("/usr/bin/chromedriver"):
    skip("chromium-driver is not installed")


def make(program, words, cwd):
    return subprocess.run([program, *words], cwd=cwd, capture_output=True, text=True, check=False)


def opened():
    options = webdriver.ChromeOptions()
    for word in ("--headless=new", "--disable-gpu", "--window-size=1280,900"):
        options.add_argument(word)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))


def expect(truth, what):
    assert truth, what


class Reader:
    def __init__(self, browser):
        self.browser = browser

    def opens(self, path):
        self.browser.get("file://" + path)
        return self.sees_nothing_wrong(path)

    def sees_nothing_wrong(self, path):
        log = self.browser.get_log("browser")
        expect(log == [], f"{path}: the browser complains: {log}")
        loaded = self.does('return performance.getEntriesByType("resource").map((e) => e.name)')
        expect(loaded == [], f"{path} loads {loaded}")
        return self

    def does(self, script, *arguments):
        return self.browser.execute_script(script, *arguments)

    def all(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector).text

    def is_as_wide_as(self, width):
        self.browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride", {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
        )

    def wears(self, theme):
        button = self.browser.find_element(By.CSS_SELECTOR, "button.theme")
        for _ in range(3):
            if button.text == f"Theme: {theme}":
                return
            button.click()
        raise AssertionError(f"there is no theme {theme}")

    def can_read_all(self, path):
        expect(self.does(UNTOLD) == [], f"{path}: {self.does(UNTOLD)}")
        grounds = set()
        for theme in ("light", "dark"):
            self.wears(theme)
            grounds.add(self.does("return getComputedStyle(document.body).backgroundColor"))
            faint = self.does(CONTRAST)
            expect(faint == [], f"{path}, {theme}: too faint: {faint[:5]}")
        expect(len(grounds) == 2, "both themes look alike")
        self.is_as_wide_as(390)
        wide = self.does("return document.documentElement.scrollWidth")
        expect(wide <= 390, f"{path} is {wide} pixels wide on a telephone")
        self.is_as_wide_as(1280)


def column(reader, table, at):
    return [c.text for c in reader.all(f"#{table} tbody tr > :nth-child({at})")]


def numbers(texts):
    return [int("".join(c for c in t if c.isdigit())) for t in texts]


def sorts_by_keyboard(reader):
    button = [b for b in reader.all("#verdicts button.sort") if b.text.startswith("situations")][0]
    head = button.find_element(By.XPATH, "..")
    before = numbers(column(reader, "verdicts", 4))
    for order, direction in (("descending", True), ("ascending", False)):
        button.send_keys(Keys.ENTER)
        expect(head.get_attribute("aria-sort") == order, f"aria-sort is {head.get_attribute('aria-sort')}")
        expect(numbers(column(reader, "verdicts", 4)) == sorted(before, reverse=direction), f"not {order}")
    expect(len(reader.all("#verdicts th[aria-sort]")) == 1, "sorted by two columns")


def shows_a_campaign(reader, directory):
    path = f"{directory}/o/report.html"
    reader.opens(path)
    document = json.loads(reader.does('return document.getElementById("document").textContent'))
    reader.browser.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    expect(reader.does("return document.activeElement.textContent") == "Skip to the report", "no way past the head")
    expect(document["answer"] in reader.text("header .answer"), "the answer is not first")
    campaign = document["campaigns"][0]
    expect(len(column(reader, "verdicts", 1)) == len(campaign["properties"]), "a promise is missing")
    said = [e.text for e in reader.all("#not-covered li")]
    expect(said == campaign["not_covered"], "what was not covered is not said")
    never = [c.text for c in reader.all("#coverage td.never")]
    zeros = sum(row["during"].count(0) for row in campaign["coverage"]["rows"])
    expect(never == ["never"] * zeros and zeros > 0, "empty cells are not said plainly")
    sorts_by_keyboard(reader)
    reader.can_read_all(path)
    reader.all("#failures article a")[0].click()
    expect(" breaks " in reader.browser.title, "the failure's own page is not found")


def shows_campaigns_side_by_side(reader, directory):
    reader.opens(f"{directory}/two.html")
    heads = [h.text.split()[0] for h in reader.all("#verdicts thead th")]
    expect(heads == ["promise", "memory+ignored-limit", "memory"], f"the locks are not side by side: {heads}")
    expect(len(reader.all("section ul.not-covered")) == 2, "what was not covered is not said of each")
    reader.can_read_all("two.html")


def shows_the_zoo(reader, directory):
    reader.opens(f"{directory}/z.html")
    expect("memory+stale-release" in reader.text("#bugs tbody"), "the bug is missing")
    expect(len(reader.all("#bugs svg.strip circle")) == 2, "not a dot for each hunt")
    reader.can_read_all("z.html")


def shows_a_validation(reader, directory):
    reader.opens(f"{directory}/v.html")
    wrong = [b for b in reader.all("#contract .filters button") if b.text.startswith("wrong")][0]
    every = len(reader.all("#contract tbody tr"))
    wrong.send_keys(Keys.SPACE)
    shown = [row for row in reader.all("#contract tbody tr") if row.is_displayed()]
    expect(0 < len(shown) < every and all("WRONG" in row.text for row in shown), "the filter does not filter")
    expect(wrong.get_attribute("aria-pressed") == "true", "the filter does not say that it is on")
    expect(f"{len(shown)} of {every}" in reader.text("#contract [role=status]"), "nobody is told how many are left")
    for closed in reader.all("#campaigns details > summary"):
        closed.click()
    reader.can_read_all("v.html")


def hostile(value):
    if isinstance(value, str):
        return value + HOSTILE
    if isinstance(value, list):
        return [hostile(v) for v in value]
    return {k: hostile(v) for k, v in value.items()} if isinstance(value, dict) else value


# Words on which the front end decides; a lock has no influence on them.
FIXED = ("kind", "outcome", "state", "verdict", "result", "profile")


def restored(value, before, fixed):
    if isinstance(value, dict):
        return {k: before[k] if k in fixed else restored(v, before[k], fixed) for k, v in value.items()}
    return [restored(v, b, fixed) for v, b in zip(value, before)] if isinstance(value, list) else value


def shows_hostile_names_as_names(reader, directory, page, fixed=FIXED):
    with open(f"{directory}/{page}", encoding="utf-8") as file:
        text = file.read()
    begin = text.index('id="document">') + len('id="document">')
    end = text.index("</script", begin)
    document = json.loads(text[begin:end])
    changed = json.dumps(restored(hostile(document), document, fixed)).replace("<", "\\u003c")
    path = f"{directory}/hostile-{os.path.basename(page)}"
    with open(path, "w", encoding="utf-8") as file:
        file.write(text[:begin] + changed + text[end:])
    reader.opens(path)
    expect(HOSTILE in reader.text("h1"), f"{page}: the title is not shown as it is")
    found = reader.does('return [window.hurt === undefined, document.querySelectorAll("img, #page b").length]')
    expect(found == [True, 0], f"{page}: a name became markup")


def main():
    program = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as directory:
        make(program, ["campaign", "--backend", "memory", "--seeds", "24", "--out", "o", "--json", "-"], directory)
        first = make(program, ["campaign", "--backend", "memory+ignored-limit", "--seeds", "48", "--keep-going", "--out", "o"], directory)
        expect(first.returncode == 1, first.stderr)
        if "The page: o/report.html" not in first.stdout:
            skip("this build has no pages: esbuild or d3 was not found")
        make(program, ["report", "o", "--html", "two.html"], directory)
        make(program, ["zoo", "--hunts", "2", "--html", "z.html", "memory+stale-release"], directory)
        make(program, ["validate", "--backend", "memory+stale-release", "--seeds", "16", "--html", "v.html"], directory)
        browser = opened()
        try:
            reader = Reader(browser)
            shows_a_campaign(reader, directory)
            shows_campaigns_side_by_side(reader, directory)
            shows_the_zoo(reader, directory)
            shows_a_validation(reader, directory)
            for page in ("o/report.html", "z.html", "v.html"):
                shows_hostile_names_as_names(reader, directory, page)
        finally:
            browser.quit()
    print("ok")


if __name__ == "__main__":
    main()
