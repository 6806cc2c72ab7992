// The space-time diagram: what is seen of it, and all ways to move in it. The window is told by its two ends on the axis;
// a drawing follows each change, at most once a frame.
import { event as d3event, select } from "d3-selection";
import { scaleLinear } from "d3-scale";
import { zoom as makeZoom, zoomIdentity } from "d3-zoom";
import { element } from "../elements";
import { factsOf } from "../facts";
import { Run, RunEvent, seconds, Thing } from "../run_document";
import { Axis, barEnds, OrderAxis, TimeAxis } from "./axis";
import { draw, Spot } from "./draw";
import { definitions, legendOf } from "./legend";
import { Layout, layoutOf } from "./lanes";

const near = 12; // pixels between a pointer and what it points at
const inset = 14; // pixels that the ends of the window keep from the edges

export class Picture {
  readonly node: HTMLElement;
  private readonly stage = element("div", { class: "p-stage", tabindex: "0", role: "application" });
  private readonly svg = select(document.createElementNS("http://www.w3.org/2000/svg", "svg"));
  private readonly tip = element("div", { class: "p-tip", hidden: "" });
  private readonly note = element("p", { class: "p-note quiet" });
  private readonly facts = element("p", { class: "p-facts", "aria-live": "polite" });
  private readonly legend = element("div", { class: "p-legend" });
  private readonly zoom = makeZoom();
  private axis!: Axis;
  private layout!: Layout;
  private order = true;
  private all: boolean;
  private width = 0;
  private left = 0;
  private ends: [number, number] = [0, 1];
  private spots: Spot[] = [];
  private selected: Thing | null = null;
  private due = false;
  private home = true; // nobody has moved yet
  private readonly proofs: RunEvent[];

  constructor(private readonly run: Run) {
    this.proofs = run.document.evidence.map((index) => run.events[index]);
    // What belongs to the violation, if there is more than that.
    this.all = run.document.outcome !== "violation";
    this.stage.append(this.svg.attr("aria-hidden", "true").attr("class", "p-svg").node(), this.tip);
    this.stage.setAttribute("aria-label",
      "Space-time diagram. Arrow keys move it, plus and minus zoom, 0 shows everything, v shows the violation, n and p go through what proves it. The table of events below says the same in words.");
    definitions(this.svg);
    this.node = element("div", { class: "picture" }, this.controls(), this.stage, this.note, this.facts, this.legend);
    this.facts.textContent = "Point at something, or choose it, to read its facts here.";
    this.zoom.on("zoom", () => this.zoomed()).filter(() => this.mayZoom());
    this.svg.call(this.zoom as any).on("dblclick.zoom", null);
    this.svg.style("touch-action", "pan-y");
    this.listen();
  }

  // Once the page stands and has a width.
  start(): void {
    this.rebuild();
    this.showViolation();
    this.redrawNow();
    new ResizeObserver(() => this.resized()).observe(this.stage);
  }

  // Brings a thing into the window, if need be, and chooses it.
  show(thing: Thing, focus = false): void {
    const hidden = (thing.kind === "event" && !thing.shown && !thing.proof) || (thing.kind === "message" && !thing.shown);
    if (hidden && !this.all) this.setAll(true);
    const [from, until] = this.extent(thing);
    const [lo, hi] = this.ends, wide = hi - lo;
    const margin = wide * 0.08;
    if (from < lo + margin || Math.min(until, from + wide) > hi - margin) {
      const span = Math.max(wide, (until - from) * 1.2);
      this.look((from + until) / 2 - span / 2, (from + until) / 2 + span / 2);
    }
    this.choose(thing);
    if (focus) this.stage.focus({ preventScroll: true });
    this.stage.scrollIntoView({ block: "nearest", behavior: calm() ? "auto" : "smooth" });
  }

  // An instant, with a bit of what is around it.
  showInstant(at: number): void {
    const place = this.axis.instant(at), wide = this.ends[1] - this.ends[0];
    this.look(place - wide / 2, place + wide / 2);
    this.stage.scrollIntoView({ block: "nearest", behavior: calm() ? "auto" : "smooth" });
  }

  // A lane has no place of its own: everything of it.
  showLane(lane: number): void {
    if (!this.layout.of.has(lane)) this.setAll(true);
    this.facts.textContent = `${this.run.lane(lane)}: ${this.layout.of.get(lane)?.host ?? ""}`;
    this.svg.selectAll(".p-lane-chosen").remove();
    const found = this.layout.of.get(lane);
    if (found) this.svg.append("rect").attr("class", "p-lane-chosen").attr("x", 1).attr("y", found.top).attr("width", this.width - 2).attr("height", found.bottom - found.top);
    this.stage.scrollIntoView({ block: "nearest", behavior: calm() ? "auto" : "smooth" });
  }

  onAxis: (order: boolean) => void = () => undefined;

  private controls(): HTMLElement {
    const radio = (group: string, value: boolean, words: string, checked: boolean, set: (value: boolean) => void) => {
      const input = element("input", { type: "radio", name: group, ...(checked ? { checked: "" } : {}) });
      input.addEventListener("change", () => set(value));
      return element("label", {}, input, ` ${words}`);
    };
    const button = (words: string, label: string, does: () => void) => {
      const made = element("button", { type: "button", title: label, "aria-label": label }, words);
      made.addEventListener("click", does);
      return made;
    };
    const axis = element("fieldset", { class: "p-axis-choice" }, element("legend", {}, "Axis"),
      radio("p-axis", true, "event order", true, () => this.setOrder(true)),
      radio("p-axis", false, "virtual time", false, () => this.setOrder(false)));
    const row = element("div", { class: "p-controls no-print" }, axis);
    const more = this.run.events.some((e) => !e.silent && !e.shown && !e.proof) || this.run.messages.some((m) => !m.shown);
    if (this.run.document.outcome === "violation" && more)
      row.append(element("fieldset", { class: "p-scope-choice" }, element("legend", {}, "Show"),
        radio("p-scope", false, "what it took", !this.all, () => this.setAll(false)),
        radio("p-scope", true, "everything", this.all, () => this.setAll(true))));
    row.append(element("span", { class: "p-buttons" },
      button("\u2212", "Zoom out (-)", () => this.zoomBy(1.5)), button("+", "Zoom in (+)", () => this.zoomBy(1 / 1.5)),
      button("\u25c0", "Earlier (left arrow)", () => this.panBy(-0.4)), button("\u25b6", "Later (right arrow)", () => this.panBy(0.4)),
      button("Whole run", "The whole run (0)", () => this.showEverything())));
    if (this.proofs.length > 0)
      row.lastElementChild!.append(button("Violation", "The violation (v)", () => this.showViolation()),
        button("Next proof", "The next event that proves it (n)", () => this.step(1)));
    return row;
  }

  private listen(): void {
    const keys: Record<string, () => void> = {
      ArrowLeft: () => this.panBy(-0.15), ArrowRight: () => this.panBy(0.15), "+": () => this.zoomBy(1 / 1.5), "=": () => this.zoomBy(1 / 1.5),
      "-": () => this.zoomBy(1.5), "0": () => this.showEverything(), v: () => this.showViolation(), n: () => this.step(1), p: () => this.step(-1),
      Home: () => this.panBy(-1e9), End: () => this.panBy(1e9), Escape: () => this.choose(null),
    };
    this.stage.addEventListener("keydown", (e) => {
      if (e.ctrlKey || e.metaKey || e.altKey || !keys[e.key]) return;
      e.preventDefault();
      keys[e.key]();
    });
    this.stage.addEventListener("pointermove", (e) => this.hover(e));
    this.stage.addEventListener("pointerleave", () => (this.tip.hidden = true));
    this.stage.addEventListener("click", (e) => {
      const found = this.at(e);
      if (found) this.choose(found);
    });
    this.stage.addEventListener("wheel", (e) => {
      if (Math.abs(e.deltaX) <= Math.abs(e.deltaY) || e.ctrlKey) return;
      e.preventDefault();
      this.panBy(e.deltaX / (this.width - this.left));
    }, { passive: false });
  }

  // The wheel alone moves the page; with control, or as a pinch, it zooms. One finger moves both.
  private mayZoom(): boolean {
    const e = d3event as MouseEvent;
    return e.type === "wheel" ? e.ctrlKey || e.metaKey : !e.button;
  }

  private setOrder(order: boolean): void {
    const middle: [number, number] = [this.axis.time(this.ends[0]), this.axis.time(this.ends[1])];
    const selected = this.selected;
    this.order = order;
    this.rebuild();
    // The same instants, as far as they can be told apart.
    if (this.home) this.showViolation();
    else this.look(this.axis.instant(middle[0]), this.axis.instant(middle[1]));
    if (selected) this.show(selected);
    this.onAxis(order);
  }
  private setAll(all: boolean): void {
    const times = this.ends.map((end) => this.axis.time(end));
    this.all = all;
    for (const input of this.node.querySelectorAll<HTMLInputElement>("input[name=p-scope]"))
      input.checked = (input.nextSibling!.textContent!.trim() === "everything") === all;
    const home = this.home;
    this.rebuild();
    if (home) this.showViolation();
    else this.look(this.axis.instant(times[0]), this.axis.instant(times[1]));
  }

  private rebuild(): void {
    this.measure();
    this.axis = this.order ? new OrderAxis(this.run, this.all) : new TimeAxis(this.run);
    this.layout = layoutOf(this.run, this.all, this.all ? 2 : 3);
    this.svg.attr("height", this.layout.bottom).attr("viewBox", `0 0 ${this.width} ${this.layout.bottom}`);
    this.legend.replaceChildren(legendOf(this.run, this.all));
    this.fitZoom();
  }
  private measure(): void {
    this.width = Math.max(280, this.stage.clientWidth || 1000);
    this.left = this.width < 560 ? 64 : 100;
  }
  private fitZoom(): void {
    const ends: [[number, number], [number, number]] = [[this.left + inset, 0], [this.width - inset, this.layout.bottom]];
    this.zoom.extent(ends).translateExtent(ends)
      .scaleExtent([1, this.order ? Math.max(1, this.axis.length / 4) : this.axis.length / 2000]);
  }
  private resized(): void {
    if (this.stage.clientWidth === this.width || this.stage.clientWidth === 0) return;
    const [lo, hi] = this.ends, home = this.home;
    this.rebuild();
    if (home) this.showViolation();
    else this.look(lo, hi);
  }

  private whole(): D3Scale {
    return scaleLinear().domain([0, this.axis.length]).range([this.left + inset, this.width - inset]);
  }
  // Shows the places from `lo` to `hi`, moved so that they lie on the axis.
  private look(lo: number, hi: number): void {
    const length = this.axis.length;
    const least = this.order ? Math.min(length, 4) : 2000;
    const wide = Math.min(length, Math.max(least, hi - lo));
    const from = Math.max(0, Math.min(length - wide, (lo + hi) / 2 - wide / 2));
    const k = length / wide, whole = this.whole();
    this.home = false;
    this.svg.call(this.zoom.transform, zoomIdentity.translate(this.left + inset - k * whole(from), 0).scale(k));
  }
  private zoomed(): void {
    const scale = (d3event.transform as D3Transform).rescaleX(this.whole());
    this.ends = scale.domain() as [number, number];
    if (d3event.sourceEvent) this.home = false;
    this.redraw();
  }

  private panBy(share: number): void {
    const [lo, hi] = this.ends, by = (hi - lo) * share;
    this.look(lo + by, hi + by);
  }
  private zoomBy(factor: number): void {
    const [lo, hi] = this.ends;
    const chosen = this.selected ? this.extent(this.selected)[0] : NaN;
    const middle = chosen >= lo && chosen <= hi ? chosen : (lo + hi) / 2;
    this.look(middle - (middle - lo) * factor, middle + (hi - middle) * factor);
  }
  private showEverything(): void {
    this.look(0, this.axis.length);
  }
  private showViolation(): void {
    this.lookAtViolation();
    this.home = true;
  }
  private lookAtViolation(): void {
    // Of a long run without one the beginning, in which single happenings can be seen.
    if (this.proofs.length === 0) return this.order && this.axis.length > 400 ? this.look(0, 120) : this.showEverything();
    const places = this.proofs.map((e) => this.axis.event(e.index));
    const lo = Math.min(...places), hi = Math.max(...places);
    const room = this.order ? (this.width - this.left) / 44 : 0; // so many happenings stand apart
    if (this.order && this.axis.length <= room) return this.showEverything();
    const margin = this.order ? Math.max(this.width < 560 ? 2 : 4, Math.min((room - (hi - lo)) / 2, 6)) : Math.max((hi - lo) * 0.35, this.axis.length / 1e4, 2e6);
    // What led to it stands before it.
    this.look(Math.max(lo - margin * (this.order ? 2 : 1), this.order ? hi + margin - Math.max(room, hi - lo + 3 * margin) : -Infinity), hi + margin);
  }
  private step(by: number): void {
    if (this.proofs.length === 0) return;
    const now = this.proofs.indexOf(this.selected as RunEvent);
    const next = now < 0 ? (by > 0 ? 0 : this.proofs.length - 1) : (now + by + this.proofs.length) % this.proofs.length;
    this.show(this.proofs[next]);
  }

  private extent(thing: Thing): [number, number] {
    const axis = this.axis;
    switch (thing.kind) {
      case "event": return [axis.event(thing.index), axis.event(thing.index)];
      case "message": return [axis.sent(thing.index), thing.arrived < 0 ? axis.sent(thing.index) : axis.arrived(thing.index)];
      case "bar": return barEnds(axis, thing);
      default: return [axis.event(thing.begin), axis.event(thing.end)];
    }
  }
  private choose(thing: Thing | null): void {
    this.selected = thing;
    this.facts.textContent = thing ? factsOf(this.run, thing) : "Nothing is chosen.";
    this.facts.classList.toggle("p-facts-chosen", thing !== null);
    this.redraw();
  }

  private at(e: MouseEvent): Thing | null {
    const box = this.stage.getBoundingClientRect();
    const x = e.clientX - box.left, y = e.clientY - box.top;
    if (x < this.left) return null;
    let best: Spot | null = null, least = near;
    for (const spot of this.spots) {
      const distance = spot.distance(x, y);
      if (distance < least) [best, least] = [spot, distance];
    }
    return best ? best.thing : null;
  }
  private hover(e: PointerEvent): void {
    const found = e.buttons === 0 ? this.at(e) : null;
    this.stage.classList.toggle("p-over", found !== null);
    this.tip.hidden = found === null;
    if (!found) return;
    this.tip.textContent = factsOf(this.run, found);
    const box = this.stage.getBoundingClientRect();
    const x = e.clientX - box.left, y = e.clientY - box.top;
    const wide = Math.min(320, this.width - 16);
    this.tip.style.maxWidth = `${wide}px`;
    this.tip.style.left = `${Math.max(4, Math.min(x + 14, this.width - Math.min(wide, this.tip.offsetWidth) - 8))}px`;
    this.tip.style.top = `${y + 18}px`;
  }

  private redraw(): void {
    if (this.due) return;
    this.due = true;
    requestAnimationFrame(() => this.due && this.redrawNow());
  }
  private redrawNow(): void {
    this.due = false;
    const scale = scaleLinear().domain(this.ends).range([this.left + inset, this.width - inset]);
    const { spots, note } = draw(this.svg, {
      run: this.run, layout: this.layout, axis: this.axis, order: this.order, all: this.all, scale, left: this.left, width: this.width, selected: this.selected,
    });
    this.spots = spots;
    this.svg.selectAll(".p-lane-chosen").remove();
    const [lo, hi] = this.ends.map((end) => this.axis.time(end));
    this.note.textContent = [note, `In view: ${rounded(lo)} to ${rounded(hi)} of ${rounded(this.run.document.until)}.`].filter(Boolean).join(" ");
    this.stage.dataset.from = String(this.ends[0]);
    this.stage.dataset.until = String(this.ends[1]);
  }
}

function rounded(ns: number): string {
  return seconds(Math.round(ns / 1000) * 1000);
}
function calm(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
