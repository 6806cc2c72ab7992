"""The pages of envelopes in a real browser: what they show is what the JSON says, by eye, by keyboard and by ear.

envelope_pages_test.py LOCKSTEP: the program makes the pages, of runs and of the gallery's JSON. Exit code 77, with a line
that says why: something that is needed is not here.
"""

import json
import os
import pathlib
import sys
import tempfile

from campaign_pages_test import FIXED, Keys, Reader, expect, make, opened, shows_hostile_names_as_names, skip

GALLERY = pathlib.Path(__file__).resolve().parents[2] / "gallery"
# Beside those of campaigns: ids of properties, which the program has a list of.
OURS = (*FIXED, "id", "property")


def told(reader):
    return json.loads(reader.does('return document.getElementById("document").textContent'))


def texts(reader, selector):
    """As seen, in one question to the browser."""
    return reader.does("return [...document.querySelectorAll(arguments[0])].map((e) => e.innerText.trim())", selector)


def answers_first(reader, document):
    reader.browser.find_element("tag name", "body").send_keys(Keys.TAB)
    expect(reader.does("return document.activeElement.textContent") == "Skip to the report", "no way past the head")
    expect(document["answer"] in reader.text("header .answer"), "the answer is not first")


def opens_all(reader):
    """Two by keyboard, as somebody without a mouse does, and then the rest."""
    summaries = reader.all("details > summary")
    for summary in summaries[:2]:
        summary.send_keys(Keys.ENTER)
    opened_ones = reader.does('return document.querySelectorAll("details[open]").length')
    expect(opened_ones == 2, "details do not open by keyboard")
    reader.does('document.querySelectorAll("details").forEach((d) => (d.open = true))')


def shows_where_it_breaks(reader, document):
    boundaries = [(axis, b) for axis in document["axes"] for b in axis["boundaries"]]
    rows = texts(reader, "#boundaries tbody tr")
    expect(len(rows) == len(boundaries) > 0, "a boundary is missing")
    for row, (axis, b) in zip(rows, boundaries):
        at = axis["values"].index(b["first_broken"])
        series = axis["properties"][b["property"]]
        for words in (axis["name"], b["property"], axis["labels"][at], axis["claimed"], b["example"]["sentence"], b["example"]["replay"],
                      f"{series['violations'][at]} of {series['exercised'][at]} run"):
            expect(words in row, f"{axis['name']} {b['property']}: \"{words}\" is not told")
        expect(("broken within it" in row) == b["claimed"], f"{axis['name']} {b['property']}: what is claimed is not told")
    cells = [text.rstrip("!") for text in texts(reader, "#safe tbody td")]
    shown = [p["id"] for p in document["properties"] if any(a.get("properties", {}).get(p["id"], {}).get("state") != "not-exercised" for a in document["axes"])]
    expect(cells == [a["properties"][id]["safe_up_to"] for id in shown for a in document["axes"]], f"safe up to: {cells}")


def shows_each_axis(reader, document):
    tried = [a for a in document["axes"] if "not_tried_because" not in a]
    expect([f.get_attribute("data-axis") for f in reader.all("figure.axis-figure")] == [a["name"] for a in tried], "an axis is missing")
    for axis in tried:
        figure = f'figure[data-axis="{axis["name"]}"]'
        # Of each broken property, alike ones together, a dot at each point where it was exercised, at its height.
        broken = {json.dumps([s["violations"], s["exercised"]]) for s in axis["properties"].values() if s["state"] == "broken"}
        dots = sum(v > 0 for one in broken for v in json.loads(one)[0])
        expect(len(reader.all(f"{figure} circle.broke")) == dots, f"{axis['name']}: {dots} points broke something")
        expect(len(reader.all(f"{figure} rect.bracket")) == len(broken), f"{axis['name']}: a bracket is missing")
        expect(bool(reader.all(f"{figure} path.claimed")) == bool(axis["claimed_value"]), f"{axis['name']}: the claim is not marked")
        expect(len(reader.all(f"{figure} details tbody tr")) == len(axis["values"]), f"{axis['name']}: the table lacks a row")
        # From mild to bad, left to right, with room between decades as between others.
        places = reader.does(f"""return [...document.querySelectorAll('{figure} .interval')].map((p) => Number(p.getAttribute("d").slice(1).split(",")[0]))""")
        lane = places[: len(axis["values"])]
        expect(lane == sorted(lane) and lane[-1] - lane[0] > 300, f"{axis['name']}: points are not in order: {lane}")


def shows_maps(reader, document):
    drawn = [m for m in document["maps"] if m["properties"]]
    cells = texts(reader, "#maps > .scroll td")
    wanted = []
    for m in drawn:
        seen = set()
        for series in m["properties"].values():
            if json.dumps(series) in seen:
                continue
            seen.add(json.dumps(series))
            for broke, of in reversed(list(zip(series["violations"], series["exercised"]))):
                wanted += [f"{b}/{e}" if e else "-" for b, e in zip(broke, of)]
    expect(cells == wanted and wanted, "cells do not carry their numbers")
    expect(len(reader.all("#maps .legend .swatch")) == 4, "there is no legend")


def shows_an_envelope(reader, directory, name):
    path = f"{directory}/{name}.html"
    reader.opens(path)
    document = told(reader)
    answers_first(reader, document)
    opens_all(reader)
    shows_where_it_breaks(reader, document)
    shows_each_axis(reader, document)
    shows_maps(reader, document)
    expect(texts(reader, "#not-covered li") == document["absent"] != [], "what was not exercised is not said")
    made = reader.text("#made")
    for words in (document["command"], document["machine"]["version"], document["ttl"]):
        expect(words in made, f"\"{words}\" is not told")
    reader.can_read_all(path)
    reader.sees_nothing_wrong(path)


def shows_what_bears_not(reader, directory):
    reader.opens(f"{directory}/sqlite-direct.html")
    said = reader.text("#not-covered")
    for axis in ("drift", "delay", "loss"):
        expect(f"{axis} was not tried: " in said, f"{axis} is silently absent")
    expect(len(reader.all("#safe tbody td")) == 10 * len(reader.all("#safe tbody tr")), "the table has holes")


def compares_them(reader, directory):
    path = f"{directory}/index.html"
    reader.opens(path)
    document = told(reader)
    answers_first(reader, document)
    names = texts(reader, "#locks tbody .id")
    expect(sorted(names) == sorted(l["name"] for l in document["locks"]) and len(names) > 8, "a lock is missing")
    rows = reader.does("""return [...document.querySelectorAll("#locks tbody tr")].map((row) =>
        [...row.querySelectorAll("td")].slice(1).map((cell) => [cell.innerText, cell.className]))""")
    for lock in document["locks"]:
        for cell, (text, ground) in zip(lock["cells"], rows[names.index(lock["name"])], strict=True):
            for b in cell.get("breaks", []):
                expect(b["safe_up_to"] + ("!" if b["claimed"] else "") in text and " ".join(b["properties"]) in text, f"{lock['name']}: {b} {text}")
            expect(("hot" in ground) == (cell["state"] == "broken"), f"{lock['name']}: the ground is not the number's")
    expect(document["locks"][0]["sentence"] in reader.text("#each"), "a lock lacks its sentence")
    at = [a["name"] for a in document["axes"]].index("drift")
    button = [b for b in reader.all("#locks button.sort") if b.text.startswith("drift")][0]
    button.send_keys(Keys.ENTER)
    survived = {l["name"]: l["cells"][at].get("breaks", [{"survived": 9}])[0]["survived"] for l in document["locks"]}
    order = [survived[e] for e in texts(reader, "#locks tbody .id")]
    expect(order == sorted(order) and order[0] < order[-1], f"not sorted by where drift breaks it: {order}")
    opens_all(reader)
    reader.can_read_all(path)
    links = reader.all("#locks tbody a")
    expect(sorted(a.text for a in links) == ["redis+plain-del", "sqlite-direct"], "pages that are there are not linked, or others are")
    [a for a in links if a.text == "redis+plain-del"][0].send_keys(Keys.ENTER)
    expect(reader.browser.title.startswith("redis+plain-del"), "the link leads nowhere")


def never_runs_a_link(reader, directory):
    """A file may be called like a scheme."""
    page = pathlib.Path(directory, "index.html").read_text(encoding="utf-8")
    changed = page.replace('"page":"redis+plain-del.html"', '"page":"javascript:window.hurt=1"')
    expect(changed != page, "no link to change")
    pathlib.Path(directory, "link.html").write_text(changed, encoding="utf-8")
    reader.opens(f"{directory}/link.html")
    kinds = reader.does('return [...document.querySelectorAll("#locks tbody a")].map((a) => a.protocol)')
    expect(kinds == ["file:", "file:"], f"a link runs: {kinds}")


def main():
    program = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as directory:
        ended = make(program, ["envelope", "memory", "--axes", "pause,drift", "--quick", "--html", "own.html"], directory)
        if "built without its pages" in ended.stderr:
            skip("this build has no pages: esbuild or d3 was not found")
        expect(ended.returncode == 0 and ended.stdout.endswith("The page: own.html\n"), ended.stderr)
        for name in ("redis+plain-del", "sqlite-direct"):
            make(program, ["report", str(GALLERY / f"{name}.json"), "--html", f"{name}.html"], directory)
        make(program, ["report", str(GALLERY), "--html", "index.html"], directory)
        browser = opened()
        try:
            reader = Reader(browser)
            shows_an_envelope(reader, directory, "own")
            shows_an_envelope(reader, directory, "redis+plain-del")
            shows_what_bears_not(reader, directory)
            compares_them(reader, directory)
            never_runs_a_link(reader, directory)
            for page in ("redis+plain-del.html", "index.html"):
                shows_hostile_names_as_names(reader, directory, page, OURS)
        finally:
            browser.quit()
    print("ok")


if __name__ == "__main__":
    main()
