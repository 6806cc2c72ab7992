"""The page of a run in a real browser: what a reader does with it, and what a hostile run cannot do with him.

violation_test.py LOCKSTEP OUT: LOCKSTEP is the program, OUT a directory for pages and screenshots.
"""

import json
import pathlib
import random
import subprocess
import sys
import unittest

import browser
from browser import complaints, set_width

LOCKSTEP, OUT = "", pathlib.Path()
PRESS = "document.querySelector('.p-stage').dispatchEvent(new KeyboardEvent('keydown', {key: arguments[0], bubbles: true, cancelable: true}))"
HOSTILE = "</script><img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>"
BEGIN = '<script type="application/json" id="document">'

# Texts that contrast too little with what is behind them.
UNREADABLE = """
const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
const light = (c) => c.slice(0, 3).map((v) => v / 255).map((v) => v <= 0.04 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const behind = (e) => {
  for (; e; e = e.parentElement) { const c = parts(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] === 1) return c; }
  return [255, 255, 255];
};
return [...document.querySelectorAll("main *")].filter((e) => e.checkVisibility() && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
  .map((e) => [e, e.closest("svg") ? getComputedStyle(e).fill : getComputedStyle(e).color])
  .filter(([e, colour]) => !e.classList.contains("p-badge-words") && !e.classList.contains("p-unseen"))
  .map(([e, colour]) => [e, light(parts(colour)), light(behind(e.closest("svg") ? e.closest("svg").parentElement : e))])
  .map(([e, a, b]) => [e, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)])
  .filter(([e, ratio]) => ratio < 4.5).map(([e, ratio]) => `${ratio.toFixed(2)} ${e.textContent.slice(0, 30)}`);
"""


def replay(name, *arguments):
    """The page of a run, whatever the run comes to."""
    page = OUT / (pathlib.Path(arguments[0]).stem if name is None else name)
    page = page.with_suffix(".html")
    done = subprocess.run([LOCKSTEP, "replay", *arguments, "--html", str(page)], capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    return page


def document_of(page):
    text = page.read_text()
    begin = text.index(BEGIN) + len(BEGIN)
    return json.loads(text[begin:text.index("</script", begin)])


def with_document(page, document, name):
    """The page with another document, embedded as the program embeds it."""
    text = page.read_text()
    begin = text.index(BEGIN) + len(BEGIN)
    changed = OUT / f"{name}.html"
    changed.write_text(text[:begin] + json.dumps(document).replace("<", "\\u003c") + text[text.index("</script", begin):])
    return changed


def busy_scenario(cycles):
    """Six clients that take and give back a lock again and again: more than six messages a time."""
    chance = random.Random(1)
    steps = [{"at": f"{100 + 40 * i} ms", "client": i % 6, "lock": i % 4, "ttl": "2 s", "wait": "1 s", "hold": "20 ms",
              "writes": chance.randrange(1, 3)} for i in range(cycles)]
    scenario = {"version": 1, "about": HOSTILE, "backend": "memory", "seed": 7, "hosts": [{}] * 8, "servers": 1,
                "clients": [f"host {1 + c}" for c in range(6)], "locks": 4, "heal_at": f"{40 * cycles + 200} ms", "steps": steps}
    path = OUT / "busy.json"
    path.write_text(json.dumps(scenario))
    return path


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.driver = browser.start()
        cls.paused = replay(None, "paused-holder-writes")

    @classmethod
    def tearDownClass(cls):
        cls.driver.quit()

    def setUp(self):
        complaints(self.driver)

    def tearDown(self):
        self.assertEqual(complaints(self.driver), [], "the console says nothing")

    def open(self, page, width=1280, height=900):
        set_width(self.driver, width, height)
        self.driver.get(page.resolve().as_uri())
        self.driver.execute_async_script("""
            const done = arguments[0];
            const look = () => performance.getEntriesByName('page-complete').length > 0 ? done() : setTimeout(look, 5);
            look()""")
        self.wait()

    def wait(self):
        """Until what was asked for is drawn."""
        self.driver.execute_async_script("const done = arguments[0]; setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(done)), 0)")

    def js(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def window(self):
        self.wait()
        return tuple(float(self.js(f"return document.querySelector('.p-stage').dataset.{end}")) for end in ("from", "until"))

    def key(self, key):
        self.js(PRESS, key)
        return self.window()

    def radio(self, name, value):
        self.js("document.querySelectorAll(`input[name=${arguments[0]}]`)[arguments[1]].click()", name, value)
        return self.window()

    def facts(self):
        return self.js("return document.querySelector('.p-facts').textContent")

    def mark(self, event):
        """Where in the window the mark of an event stands; nothing if it is not drawn."""
        self.wait()
        return self.js("""const mark = document.querySelector(`.p-mark[data-event="${arguments[0]}"]`);
                          return mark && mark.getBoundingClientRect().x - document.querySelector('.p-stage').getBoundingClientRect().x""", event)

    def test_shows_its_parts_in_order(self):
        self.open(self.paused)
        heads = self.js("return [...document.querySelectorAll('h2')].map(h => h.id)")
        self.assertEqual(heads, ["story", "picture", "shrunk", "promises", "scenario", "events"])
        self.assertIn("S5 fenced-writes is violated", self.js("return document.querySelector('.answer').textContent"))
        sentences = self.js("return [...document.querySelectorAll('.story li')].map(s => s.textContent)")
        self.assertTrue(3 <= len(sentences) <= 7, sentences)
        print("\n  " + "\n  ".join(sentences))

    def test_every_noun_of_the_story_leads_into_the_picture(self):
        self.open(self.paused)
        nouns = self.js("return document.querySelectorAll('.story a').length")
        self.assertGreater(nouns, 8)
        for i in range(nouns):
            for key in ("0", "+", "+", "+", "+", "End" if i % 2 else "Home"):  # away from it
                self.js(PRESS, key)
            event = self.js("const noun = document.querySelectorAll('.story a')[arguments[0]]; noun.click(); return noun.dataset.event ?? null", i)
            if event is None:
                continue
            self.assertIsNotNone(self.mark(event), f"event {event} is in the window")
            self.assertRegex(self.facts(), r"^\d")

    def test_the_proofs_are_framed_with_the_numbers_of_the_story_and_the_table(self):
        self.open(self.paused)
        evidence = document_of(self.paused)["evidence"]
        numbers = [str(i + 1) for i in range(len(evidence))]
        self.assertEqual(sorted(self.js("return [...document.querySelectorAll('.p-badge-words')].map(b => b.textContent)")), numbers)
        self.assertEqual(sorted(self.js("return [...document.querySelectorAll('.story .p-number')].map(b => b.textContent)")), numbers)
        self.assertEqual(self.js("return [...document.querySelectorAll('.event-table .p-number')].map(b => b.textContent)"), numbers)

    def test_the_other_axis_puts_the_same_happenings_elsewhere(self):
        self.open(self.paused)
        event = document_of(self.paused)["evidence"][0]
        before = self.mark(event)
        by_time = self.radio("p-axis", 1)
        self.assertGreater(by_time[1], 1e6, "nanoseconds")
        self.assertNotAlmostEqual(self.mark(event), before, delta=3)
        self.radio("p-scope", 1)
        self.key("0")
        marks = self.js("return [...document.querySelectorAll('.p-mark[data-event]')].map(m => [Number(m.dataset.event), m.getBoundingClientRect().x + m.getBoundingClientRect().width / 2])")
        events = document_of(self.paused)["events"]
        (a, xa), (b, xb) = min(marks, key=lambda m: m[1]), max(marks, key=lambda m: m[1])
        for event_, x in marks:
            wanted = (events[event_][0] - events[a][0]) / (events[b][0] - events[a][0])
            self.assertAlmostEqual((x - xa) / (xb - xa), wanted, delta=0.01, msg="in proportion to time")
        self.radio("p-scope", 0)
        self.key("v")
        self.radio("p-axis", 0)
        self.assertAlmostEqual(self.mark(event), before, delta=1)

    def test_keys_move_the_picture_and_say_what_is_chosen(self):
        self.open(self.paused)
        everything = self.key("0")
        closer = self.key("+")
        self.assertLess(closer[1] - closer[0], everything[1] - everything[0])
        self.assertLess(self.key("ArrowLeft")[0], closer[0])
        self.assertGreater(self.key("ArrowRight")[0], everything[0])
        self.key("n")
        self.assertIn("Proof 1.", self.facts())
        self.key("n")
        self.assertIn("Proof 2.", self.facts())
        self.key("p")
        self.assertIn("Proof 1.", self.facts())
        self.assertEqual(self.js("return document.querySelector('.p-facts').getAttribute('aria-live')"), "polite")
        self.open(replay(None, "circle-of-two"))
        self.key("n")
        self.key("p")
        self.assertIn("Proof 4.", self.facts())
        self.open(self.paused)
        self.key("End")
        self.key("v")
        self.assertIsNotNone(self.mark(document_of(self.paused)["evidence"][0]))

    def test_pointing_tells_facts(self):
        self.open(self.paused)
        event = document_of(self.paused)["evidence"][0]
        self.js("""const mark = document.querySelector(`.p-mark[data-event="${arguments[0]}"]`).getBoundingClientRect();
                   document.querySelector('.p-stage').dispatchEvent(new PointerEvent('pointermove',
                     {clientX: mark.x + mark.width / 2, clientY: mark.y + mark.height / 2, bubbles: true}))""", event)
        self.assertIn("Proof 1.", self.js("const tip = document.querySelector('.p-tip'); return tip.hidden ? '' : tip.textContent"))

    def test_the_table_is_searched_and_leads_into_the_picture(self):
        self.open(self.paused)
        self.js("""const search = document.querySelector('#event-search'); search.value = 'accepts';
                   search.dispatchEvent(new Event('input'))""")
        rows = self.js("return [...document.querySelectorAll('.event-table tbody tr')].map(r => r.textContent)")
        self.assertTrue(rows and all("accepts" in row for row in rows), rows)
        self.js("document.querySelector('.event-table tbody button').click()")
        self.wait()
        self.assertIn("accepts", self.facts())

    def test_hostile_names_are_only_names(self):
        document = document_of(self.paused)
        document["locks"] = [HOSTILE] * len(document["locks"])
        document["texts"] = [HOSTILE if " " in text else text for text in document["texts"]]
        document["story"] = [[{"text": HOSTILE, "lane": 0}, HOSTILE]]
        for lane in document["lanes"]:
            lane["name"] = HOSTILE
        for field in ("title", "answer", "about", "source", "replay", "backend"):
            document[field] = HOSTILE
        self.open(with_document(self.paused, document, "hostile"))
        self.radio("p-scope", 1)
        self.key("n")
        self.assertEqual(self.js("return document.querySelectorAll('img').length"), 0)
        self.assertEqual(self.js("return document.scripts.length"), 2)
        self.assertNotEqual(self.js("return document.title"), "run")
        self.assertIn("<img src=x", self.js("return document.querySelector('.story').textContent"))

    def test_twenty_thousand_messages_stay_usable(self):
        page = replay(None, str(busy_scenario(3000)))
        count = len(document_of(page)["messages"])
        self.assertGreater(count, 20000)
        self.open(page)
        first = self.js("return performance.getEntriesByName('first-picture')[0].startTime")
        moved = self.driver.execute_async_script("""
            const done = arguments[0], stage = document.querySelector('.p-stage'), began = performance.now();
            let left = 10;
            const next = () => left-- > 0 ? (stage.dispatchEvent(new KeyboardEvent('keydown', {key: '+', bubbles: true})), requestAnimationFrame(next))
                                          : done((performance.now() - began) / 10);
            next()""")
        self.key("0")
        note = self.js("return document.querySelector('.p-note').textContent")
        print(f"\n  {count} messages: first picture after {first:.0f} ms, {moved:.0f} ms for each step of the zoom; "
              f"{page.stat().st_size / 1e6:.1f} MB")
        self.assertIn("messages; zoom in to point at one", note)
        self.assertLess(first, 3000)
        self.assertLess(moved, 1000)

    def test_a_page_without_its_data_is_small(self):
        document = document_of(self.paused)
        size = self.paused.stat().st_size - len(json.dumps(document))
        print(f"\n  {size / 1000:.0f} KB plus data")
        self.assertLess(size, 400_000)

    def test_a_run_that_violates_nothing_has_a_page_too(self):
        self.open(replay(None, "example"))
        self.assertIn("kept every promise", self.js("return document.querySelector('.answer').textContent"))
        self.assertEqual(self.js("return document.querySelectorAll('.p-frame').length"), 0)
        self.assertGreater(self.js("return document.querySelectorAll('.p-mark').length"), 3)

    def test_a_log_that_is_wrong_has_the_same_picture(self):
        log, page = OUT / "wrong.jsonl", OUT / "wrong.html"
        log.write_bytes(subprocess.run([LOCKSTEP, "generate-history", "--wrong", "--clients", "4"], capture_output=True, check=True).stdout)
        self.assertEqual(subprocess.run([LOCKSTEP, "check", str(log), "--html", str(page)], capture_output=True).returncode, 1)
        self.open(page)
        self.assertGreater(self.js("return document.querySelectorAll('.p-certain').length"), 1)
        self.key("n")
        self.assertIn("Proof 1.", self.facts())
        self.radio("p-axis", 1)
        self.assertIsNotNone(self.mark(document_of(page)["evidence"][0]))

    def test_tells_by_words_what_it_shows_and_is_readable(self):
        self.open(self.paused)
        for presses in range(2):
            self.js("document.querySelector('.theme').click()")
            self.assertEqual(self.js(UNREADABLE), [], "contrast of at least 4.5")
        self.assertEqual(self.js("return [...document.querySelectorAll('table')].filter(t => !t.caption?.textContent).length"), 0)
        self.assertEqual(self.js("return [...document.querySelectorAll('th')].filter(h => !h.scope).length"), 0)
        self.assertEqual(self.js("return [...document.querySelectorAll('button, a')].filter(b => !b.textContent.trim()).length"), 0)
        self.assertEqual(self.js("return document.querySelectorAll('fieldset.p-axis-choice legend').length"), 1)
        self.js("document.querySelector('.p-stage').focus()")
        self.assertIn("Arrow keys", self.js("return document.activeElement.getAttribute('aria-label')"))

    def test_prints_without_controls(self):
        self.open(self.paused)
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        try:
            seen = self.js("return [...document.querySelectorAll('.p-controls, .theme, .event-table, .paste button')].filter(e => e.checkVisibility()).length")
            self.assertEqual(seen, 0)
            self.assertTrue(self.js("return document.querySelector('.p-svg').checkVisibility() && document.querySelector('.run-verdicts').checkVisibility()"))
        finally:
            self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})

    def test_fits_a_narrow_screen_and_both_themes(self):
        for width in (1280, 390):
            self.open(self.paused, width, 1700)  # so that the picture is seen on the screenshots
            self.assertLessEqual(self.js("return document.documentElement.scrollWidth"), width)
            for theme in ("light", "dark"):
                while self.js("return document.querySelector('.theme').textContent") != f"Theme: {theme}":
                    self.js("document.querySelector('.theme').click()")
                self.wait()
                ground = self.js("return getComputedStyle(document.body).backgroundColor")
                self.assertEqual(min(int(c) for c in ground[4:-1].split(",")) < 128, theme == "dark", ground)
                for value, axis in enumerate(("order", "time")):
                    self.radio("p-axis", value)
                    self.driver.save_screenshot(str(OUT / f"violation-{axis}-{theme}-{width}.png"))


if __name__ == "__main__":
    LOCKSTEP, OUT = sys.argv[1], pathlib.Path(sys.argv[2])
    OUT.mkdir(parents=True, exist_ok=True)
    unittest.main(argv=sys.argv[:1], verbosity=1)
