// One drawing of the picture: what lies in the window, as SVG. Knows nothing of keys and pointers.
import { axisTop } from "d3-axis";
import { Run, RunBar, RunEvent, RunMessage, span, Thing } from "../run_document";
import { Axis, barEnds } from "./axis";
import { axisHeight, faultRow, Layout, wordRow } from "./lanes";
import { Box, Taken, widthOf } from "./words";

export interface View {
  run: Run;
  layout: Layout;
  axis: Axis;
  order: boolean;
  all: boolean; // everything, not only what the page tells
  scale: D3Scale; // from places to pixels, of the window
  left: number; // where the lanes begin
  width: number;
  selected: Thing | null;
}

// What is drawn and can be pointed at.
export interface Spot {
  thing: Thing;
  distance: (x: number, y: number) => number;
}

const mostArrows = 1200, mostMarks = 1500, mostBars = 800, mostWords = 300;

export function draw(svg: D3Selection, view: View): { spots: Spot[]; note: string } {
  svg.selectAll("g.drawn").remove();
  const spots: Spot[] = [];
  const taken = new Taken();
  const back = svg.append("g").attr("class", "drawn");
  drawLanes(back, view);
  drawFaults(back, view, spots);
  const arrows = svg.append("g").attr("class", "drawn"); // behind the bars, so that those can be read
  const bars = svg.append("g").attr("class", "drawn");
  drawBars(bars, view, spots, taken);
  drawWorld(bars, view, spots);
  const marks = svg.append("g").attr("class", "drawn");
  const events = eventsIn(view);
  const words: (() => void)[] = [];
  const crowded = drawMarks(marks, view, events, spots, taken, words);
  const note = drawArrows(arrows, view, spots, taken, words);
  words.slice(0, mostWords).forEach((place) => place());
  drawLabels(svg.append("g").attr("class", "drawn"), view);
  return { spots, note: [note, crowded].filter(Boolean).join(" ") };
}

function drawLanes(group: D3Selection, { layout, left, width, scale, axis, order }: View): void {
  layout.lanes.forEach((lane, i) => {
    if (i % 2 === 1)
      group.append("rect").attr("class", "p-stripe").attr("x", 0).attr("y", lane.top).attr("width", width).attr("height", lane.bottom - lane.top);
    if (lane.role !== "store")
      group.append("line").attr("class", "p-lane").attr("x1", left).attr("x2", width).attr("y1", lane.line).attr("y2", lane.line);
  });
  const all = timeTicks(scale, axis, order, Math.max(2, Math.floor((width - left) / 110)));
  const ticks = all.filter((t) => Math.abs(scale(t.place) - (left + width) / 2) < (width - left) / 2 - widthOf(t.words) / 2);
  const top = axisTop(scale).tickValues(ticks.map((t) => t.place)).tickFormat((place) => ticks.find((t) => t.place === place)!.words).tickSizeOuter(0);
  group.append("g").attr("class", "p-axis").attr("transform", `translate(0,${axisHeight - 4})`).call(top);
  for (const tick of ticks)
    group.append("line").attr("class", "p-grid").attr("x1", scale(tick.place)).attr("x2", scale(tick.place)).attr("y1", axisHeight - 4).attr("y2", layout.bottom);
}

// By time: round instants. By order: the instants of what stands there.
function timeTicks(scale: D3Scale, axis: Axis, order: boolean, count: number): { place: number; words: string }[] {
  const [from, until] = scale.domain();
  if (order) {
    const step = Math.max(1, Math.ceil((until - from) / count));
    const ticks = [];
    for (let place = Math.max(1, Math.ceil(from / step) * step); place <= Math.min(until, axis.length - 1); place += step)
      ticks.push({ place, words: (axis.time(place) / 1e9).toFixed(6) });
    return ticks;
  }
  const places = scale.ticks(count);
  const step = places.length > 1 ? places[1] - places[0] : 1;
  const digits = Math.min(9, Math.max(0, Math.ceil(-Math.log10(step / 1e9) - 1e-9)));
  return places.map((place) => ({ place, words: `${(place / 1e9).toFixed(digits)} s` }));
}

function drawFaults(group: D3Selection, view: View, spots: Spot[]): void {
  const { run, layout, axis, scale, left, width } = view;
  if (layout.faultRows > 0) group.append("rect").attr("class", "p-strip").attr("x", 0).attr("y", axisHeight).attr("width", width).attr("height", layout.faultRows * faultRow + 2);
  const ends = new Map<number, number>(); // of words, by row
  for (const fault of run.faults) {
    const from = scale(axis.event(fault.begin)), until = Math.max(from + 4, scale(axis.event(fault.end)));
    if (until < left || from > width) continue;
    const x = Math.max(left, from), end = Math.min(width, until);
    const row = layout.faults.get(fault.index)!;
    const y = axisHeight + row * faultRow + 2;
    const chosen = view.selected === fault;
    group.append("rect").attr("class", chosen ? "p-fault p-chosen" : "p-fault").attr("x", x).attr("y", y).attr("width", Math.max(2, end - x)).attr("height", faultRow - 3);
    for (const index of fault.lanes) {
      const lane = layout.of.get(index);
      if (lane)
        group.append("rect").attr("class", "p-struck").attr("x", x).attr("y", lane.top + 1).attr("width", Math.max(2, end - x)).attr("height", lane.bottom - lane.top - 2);
    }
    const text = fault.words, wide = widthOf(text);
    const at = Math.min(x + 4, width - wide - 4);
    if (at >= left && at > (ends.get(row) ?? -1)) {
      group.append("text").attr("class", "p-fault-words").attr("x", at).attr("y", y + 11).text(text);
      ends.set(row, at + wide);
    }
    spots.push({ thing: fault, distance: (px, py) => (px >= x - 3 && px <= end + 3 && py >= y - 1 && py <= y + faultRow - 2 ? 0 : Infinity) });
  }
}

// What happened to all lanes at once: that everything is healed.
function drawWorld(group: D3Selection, view: View, spots: Spot[]): void {
  const { run, layout, axis, scale, left, width } = view;
  for (const event of run.events) {
    if (event.type !== "healed") continue;
    const x = scale(axis.event(event.index));
    if (x < left || x > width) continue;
    group.append("line").attr("class", event.proof ? "p-frame" : "p-healed").attr("x1", x).attr("x2", x).attr("y1", axisHeight).attr("y2", layout.bottom);
    spots.push({ thing: event, distance: (px) => Math.abs(px - x) + 4 });
    if (event === view.selected) group.append("circle").attr("class", "p-ring").attr("cx", x).attr("cy", axisHeight + 8).attr("r", 10);
    if (event.proof) badge(group, event, x, axisHeight + 8);
    else group.append("circle").attr("class", "p-mark").attr("data-event", event.index).attr("cx", x).attr("cy", axisHeight + 2).attr("r", 2);
  }
}

interface Block {
  bar: RunBar;
  stored: boolean; // in the store's own lane
  x: number;
  y: number;
  width: number;
  height: number;
}

function blocksOf({ run, layout, axis, scale, left, width }: View): Block[] {
  const blocks: Block[] = [];
  for (const bar of run.bars) {
    const [from, until] = barEnds(axis, bar).map(scale);
    if (until < left || from > width) continue;
    const x = Math.max(left, from), wide = Math.max(2, Math.min(width, until) - x);
    const own = layout.rows.get(bar), stored = layout.stored.get(bar);
    if (own) blocks.push({ bar, stored: false, x, width: wide, ...own });
    if (stored) blocks.push({ bar, stored: true, x, width: wide, ...stored });
  }
  return blocks;
}

function drawBars(group: D3Selection, view: View, spots: Spot[], taken: Taken): void {
  const blocks = blocksOf(view);
  const many = blocks.length > mostBars;
  if (many) {
    const paths = new Map<string, string>();
    for (const { bar, x, y, width, height } of blocks)
      paths.set(bar.what, `${paths.get(bar.what) ?? ""}M${x.toFixed(1)},${y}h${width.toFixed(1)}v${height}h${(-width).toFixed(1)}Z`);
    for (const [what, path] of paths) group.append("path").attr("class", `p-bar p-${what}`).attr("d", path);
  }
  for (const block of blocks) {
    const { bar, x, y, width, height } = block;
    const chosen = view.selected?.kind === "bar" && view.selected.attempt === bar.attempt;
    if (many && !chosen) continue;
    spots.push({ thing: bar, distance: (px, py) => (px >= x && px <= x + width && py >= y - 1 && py <= y + height + 1 ? 3 : Infinity) });
    group.append("rect").attr("class", `p-bar p-${bar.what}${chosen ? " p-chosen" : ""}`).attr("x", x).attr("y", y).attr("width", width).attr("height", height);
    taken.take(block);
    if (block.stored) nameBlock(group, view.run, block);
  }
}

function nameBlock(group: D3Selection, run: Run, { bar, x, y, width }: Block): void {
  if (bar.lane < 0) return;
  const token = bar.token ? ` #${bar.token}` : "", lock = run.lock(bar.lock);
  const words = [`${lock}: ${run.lane(bar.lane)}${token}`, `${lock}${token}`, lock].find((w) => widthOf(w) + 8 < width);
  if (words) group.append("text").attr("class", "p-bar-words").attr("x", x + 4).attr("y", y + 10.5).text(words);
}

function eventsIn({ run, all, axis, scale, left, width }: View): { event: RunEvent; x: number }[] {
  const found = [];
  for (const event of run.events) {
    if (event.lane < 0 || event.silent || !(all || event.shown || event.proof)) continue;
    const x = scale(axis.event(event.index));
    if (x >= left - 1 && x <= width + 1) found.push({ event, x });
  }
  return found;
}

// A shape says what kind of happening it is.
export const shapes: Record<string, string> = {
  store: "M0,-5.5L5.5,0L0,5.5L-5.5,0Z",
  resource: "M-4.5,-4.5H4.5V4.5H-4.5Z",
  dies: "M-5,-5L5,5M5,-5L-5,5",
  starts: "M-4,-5.5L5.5,0L-4,5.5Z",
  loss: "M0,5.5L5.5,-4.5H-5.5Z",
  client: "M-4,0A4,4 0 1,0 4,0A4,4 0 1,0 -4,0",
};
export function shapeOf(type: string): string {
  if (["granted", "renewed", "released", "expired", "broken", "recovered", "repeated", "queued", "left", "restarted"].includes(type)) return "store";
  if (type === "write_accepted" || type === "write_refused") return "resource";
  if (type === "process_crashed") return "dies";
  if (type === "process_started") return "starts";
  return type === "lost" || type === "belief_ended" || type === "gap" ? "loss" : "client";
}

function drawMarks(group: D3Selection, view: View, events: { event: RunEvent; x: number }[], spots: Spot[], taken: Taken, words: (() => void)[]): string {
  const { layout } = view;
  const many = events.length > mostMarks;
  if (many) {
    let path = "";
    for (const { event, x } of events) path += `M${x.toFixed(1)},${layout.of.get(event.lane)!.line - 4}v8`;
    group.append("path").attr("class", "p-many").attr("d", path);
  }
  const each = many ? events.filter(({ event }) => event.proof > 0 || event === view.selected) : events;
  for (const { event, x } of each) {
    const y = layout.of.get(event.lane)!.line, shape = shapeOf(event.type);
    taken.take({ x: x - 5, y: y - 5, width: 10, height: 10 });
    const mark = group.append("path").attr("class", `p-mark p-is-${shape}${event.proof ? " p-proves" : ""}`).attr("d", shapes[shape]).attr("transform", `translate(${x},${y})`);
    if (event === view.selected) group.append("circle").attr("class", "p-ring").attr("cx", x).attr("cy", y).attr("r", 10);
    spots.push({ thing: event, distance: (px, py) => Math.hypot(px - x, py - y) - 2 });
    mark.attr("data-event", event.index);
  }
  // Those that prove the violation come first, and get the best places.
  for (const { event, x } of [...each].sort((a, b) => Number(b.event.proof > 0) - Number(a.event.proof > 0)))
    if (event.words) words.push(() => placeWords(group, view, event, x, taken));
  return many ? `${grouped(events.length)} events; zoom in to point at one.` : "";
}

function placeWords(group: D3Selection, view: View, event: RunEvent, x: number, taken: Taken): void {
  const lane = view.layout.of.get(event.lane)!;
  const rows = Math.floor((lane.line - lane.top - 8) / wordRow);
  const text = cut(event.words, 56), badge = event.proof ? 18 : 0, wide = widthOf(text, event.proof > 0) + badge;
  const wanted = Math.min(x - 4, view.width - wide - 4);
  for (let row = 0; row < rows; ++row) {
    const y = lane.line - 8 - (row + 1) * wordRow;
    for (const at of [wanted, x - wide + 6]) {
      if (at < view.left + 1) continue;
      const box: Box = { x: at - 2, y, width: wide + 6, height: wordRow };
      if (!taken.isFree(box)) continue;
      taken.take(box);
      if (row > 0) group.append("line").attr("class", "p-leader").attr("x1", x).attr("x2", x).attr("y1", y + wordRow).attr("y2", lane.line - 6);
      if (event.proof) prove(group, event, { x: at - 2, y: y + 0.5, width: wide + 4, height: wordRow - 1 }, x, lane.line);
      group.append("text").attr("class", event.proof ? "p-words p-proves" : "p-words").attr("x", at + badge).attr("y", y + 11.5).text(text);
      return;
    }
  }
  if (event.proof) prove(group, event, { x: x - 8, y: lane.line - 24, width: 16, height: wordRow - 1 }, x, lane.line);
}

// A frame around the mark, one around its words, and its number.
function prove(group: D3Selection, event: RunEvent, words: Box, x: number, line: number): void {
  const bottom = words.y + words.height;
  const path = `M${x - 8},${line - 8}h16v16h-16Z${bottom < line - 9 ? `M${x},${line - 8}V${bottom}` : ""}`;
  group.append("rect").attr("class", "p-frame").attr("x", words.x).attr("y", words.y).attr("width", words.width).attr("height", words.height).attr("rx", 4);
  group.append("path").attr("class", "p-frame").attr("d", path);
  badge(group, event, words.x + 8, words.y + words.height / 2);
}

function badge(group: D3Selection, event: RunEvent, cx: number, cy: number): void {
  group.append("circle").attr("class", event.lane < 0 ? "p-badge p-mark" : "p-badge").attr("data-event", event.index).attr("cx", cx).attr("cy", cy).attr("r", 6);
  group.append("text").attr("class", "p-badge-words").attr("x", cx).attr("y", cy + 3.6).text(String(event.proof));
}

interface Way {
  message: RunMessage;
  x1: number;
  y1: number;
  x2: number;
  y2: number;
  fate: "whole" | "lost" | "open" | "again";
}

// Where an arrow goes. What is lost goes half of the way.
function waysOf(view: View): Way[] {
  const { run, all, axis, scale, layout, left, width } = view;
  const ways: Way[] = [];
  for (const message of run.messages) {
    if (!all && !message.shown) continue;
    const from = layout.of.get(message.lane), to = layout.of.get(message.to);
    if (!from || !to) continue;
    const x1 = scale(axis.sent(message.index));
    if (x1 > width) continue;
    const arrives = message.arrived >= 0;
    const x2 = arrives ? scale(axis.arrived(message.index)) : x1 + Math.min(26, (width - left) / 20);
    if (x2 >= left) {
      const fate = arrives ? "whole" : message.lost ? "lost" : "open";
      const y2 = arrives ? to.line : from.line + (to.line - from.line) * 0.55;
      ways.push({ message, x1, y1: from.line, x2, y2, fate });
    }
    if (message.again < 0) continue;
    const x3 = scale(axis.again(message.index));
    if (x3 >= left) ways.push({ message, x1, y1: from.line, x2: x3, y2: to.line, fate: "again" });
  }
  return ways;
}

function drawArrows(group: D3Selection, view: View, spots: Spot[], taken: Taken, words: (() => void)[]): string {
  const ways = waysOf(view);
  const many = ways.length > mostArrows;
  if (many) {
    let path = "";
    for (const w of ways) path += `M${w.x1.toFixed(1)},${w.y1}L${w.x2.toFixed(1)},${w.y2.toFixed(1)}`;
    group.append("path").attr("class", "p-many p-many-arrows").attr("d", path);
  }
  for (const w of many ? ways.filter((way) => way.message === view.selected) : ways) {
    // The tip ends at the edge of the mark, not in it.
    const far = Math.hypot(w.x2 - w.x1, w.y2 - w.y1) || 1, short = w.fate === "whole" || w.fate === "again" ? Math.min(6 / far, 0.5) : 0;
    const x2 = w.x2 - (w.x2 - w.x1) * short, y2 = w.y2 - (w.y2 - w.y1) * short;
    const chosen = w.message === view.selected ? " p-chosen" : "";
    group.append("line").attr("class", `p-arrow p-${w.fate}${w.message.late ? " p-late" : ""}${chosen}`).attr("x1", w.x1).attr("y1", w.y1).attr("x2", x2).attr("y2", y2)
      .attr("marker-end", w.fate === "lost" ? "url(#p-cross)" : w.fate === "open" ? null : "url(#p-tip)");
    spots.push({ thing: w.message, distance: (px, py) => distanceToSegment(px, py, w) + 2 });
    if (w.fate !== "again") words.push(() => placeMessage(group, view, w, taken));
  }
  return many ? `${grouped(ways.length)} messages; zoom in to point at one.` : "";
}

// Beside the arrow, where it is not near to a lane's line.
function placeMessage(group: D3Selection, view: View, w: Way, taken: Taken): void {
  const fate = w.fate === "lost" ? " (lost)" : w.message.again >= 0 ? " (twice)" : w.fate === "open" ? " (not yet there)" : w.message.late ? ` (${span(w.message.arrived - w.message.at)})` : "";
  const text = cut(w.message.words, 26) + fate, wide = widthOf(text);
  for (const part of [0.5, 0.35, 0.65, 0.25, 0.75]) {
    const y = w.y1 + (w.y2 - w.y1) * part, x = w.x1 + (w.x2 - w.x1) * part;
    for (const at of [x + 5, x - wide - 5]) {
      const box = { x: at, y: y - 7, width: wide + 2, height: 13 };
      if (at < view.left || at + wide > view.width || !taken.isFree(box)) continue;
      taken.take(box);
      group.append("text").attr("class", "p-message-words").attr("x", at).attr("y", y + 4).text(text);
      return;
    }
  }
}

function drawLabels(group: D3Selection, { run, layout, left }: View): void {
  group.append("rect").attr("class", "p-margin").attr("x", 0).attr("y", 0).attr("width", left).attr("height", layout.bottom);
  if (layout.faultRows > 0) group.append("text").attr("class", "p-name p-quiet").attr("x", 4).attr("y", axisHeight + 14).text(run.faults[0].what === "wrong" ? "wrong" : "faults");
  for (const lane of layout.lanes) {
    const y = lane.role === "store" ? lane.top + 18 : Math.min(lane.line + 4, lane.top + 34);
    group.append("text").attr("class", "p-name").attr("x", 4).attr("y", y).text(lane.name);
    if (lane.host) group.append("text").attr("class", "p-host").attr("x", 4).attr("y", y + 13).text(lane.host);
  }
}

function distanceToSegment(px: number, py: number, { x1, y1, x2, y2 }: Way): number {
  const dx = x2 - x1, dy = y2 - y1, square = dx * dx + dy * dy;
  const part = square === 0 ? 0 : Math.max(0, Math.min(1, ((px - x1) * dx + (py - y1) * dy) / square));
  return Math.hypot(px - x1 - part * dx, py - y1 - part * dy);
}

// All of it is told to who points at it.
function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}\u2026` : text;
}

export function grouped(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, "\u00a0");
}
