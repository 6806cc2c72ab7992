// One axis: a lane for each property that broke along it, or for those alike together, and one for what was kept; the
// same again as a table. From mild to bad, left to right.
import { scaleLinear, scaleLog } from "d3-scale";
import { svg } from "./bars";
import { element } from "./elements";
import { EnvelopeAxis, Series, alike, interval, ofRuns } from "./envelope_document";
import { Column, table } from "./table";
import { listed } from "./words";

const width = 420, left = 42, right = 12, lane = 72, gap = 30;

interface Lane {
  ids: string[];
  series: Series;
  kept: boolean;
}

const exercised = (s: Series) => s.state !== "not-exercised";

// What was kept is one lane: of so many runs none broke it, and the least of these says how much may hide.
function lanesOf(axis: EnvelopeAxis): Lane[] {
  const all = Object.entries(axis.properties ?? {}).filter(([, s]) => exercised(s));
  const broken = alike(all.filter(([, s]) => s.state === "broken"), (s) => JSON.stringify([s.violations, s.exercised]));
  const kept = all.filter(([, s]) => s.state === "kept");
  const lanes: Lane[] = broken.map((g) => ({ ...g, kept: false }));
  if (kept.length === 0) return lanes;
  const least = axis.values.map((_, i) => Math.min(...kept.map(([, s]) => s.exercised![i])));
  const upper = axis.values.map((_, i) => Math.max(...kept.map(([, s]) => s.upper![i])));
  const none = axis.values.map(() => 0);
  const series: Series = { state: "kept", safe_up_to: "", verdict: "", exercised: least, violations: none, lower: none, upper };
  return [...lanes, { ids: kept.map(([id]) => id), series, kept: true }];
}

type Place = (value: number) => number;

function placeOf(axis: EnvelopeAxis): Place {
  const ends = [left + 6, width - right - 6];
  const domain = [axis.mildest, axis.worst];
  return (axis.mildest > 0 && axis.worst > 0 ? scaleLog() : scaleLinear()).domain(domain).range(ends);
}

// Labels that do not overlap: the ends first, then powers of ten.
function ticksOf(axis: EnvelopeAxis, x: Place): number[] {
  const isTen = (v: number) => /^10*$/.test(String(v));
  const last = axis.values.length - 1;
  const wanted = [0, last, ...axis.values.map((_, i) => i).filter((i) => isTen(axis.values[i]))];
  const chosen: number[] = [];
  for (const i of wanted) {
    if (i >= 0 && chosen.every((j) => Math.abs(x(axis.values[i]) - x(axis.values[j])) >= 58)) chosen.push(i);
  }
  return chosen;
}

function drawLane(axis: EnvelopeAxis, x: Place, l: Lane, top: number): SVGElement[] {
  const y = (share: number) => top + lane - lane * share;
  const made: SVGElement[] = [
    svg("path", { class: "grid", d: `M${left},${y(0.5)}H${width - right}M${left},${y(1)}H${width - right}` }),
    svg("path", { class: "axis", d: `M${left},${y(0)}H${width - right}` }),
  ];
  for (const share of [0, 0.5, 1]) made.push(svg("text", { x: left - 5, y: y(share) + 4, "text-anchor": "end" }, `${100 * share} %`));
  const boundary = axis.boundaries.find((b) => l.ids.includes(b.property));
  if (boundary) {
    const to = x(boundary.first_broken), from = boundary.last_kept === null ? left : x(boundary.last_kept);
    const wide = Math.max(4, to - from);
    made.push(svg("rect", { class: "bracket", x: (to - wide).toFixed(1), y: y(1), width: wide.toFixed(1), height: lane }));
  }
  const { exercised: of, violations, lower, upper } = l.series;
  axis.values.forEach((value, i) => {
    const at = x(value).toFixed(1);
    if (of![i] === 0) {
      made.push(svg("path", { class: "nobody", d: `M${at},${y(0)}m-3,-5l6,-6m0,6l-6,-6` }));
      return;
    }
    const broke = violations![i] > 0;
    made.push(svg("path", { class: broke ? "interval broke" : "interval", d: `M${at},${y(lower![i]).toFixed(1)}V${y(upper![i]).toFixed(1)}` }));
    const dot = svg("circle", { class: broke ? "dot broke" : "dot", cx: at, cy: y(violations![i] / of![i]).toFixed(1), r: broke ? 3 : 2.4 });
    dot.append(svg("title", {}, `${axis.labels[i]}: ${ofRuns(violations![i], of![i])}, ${interval(lower![i], upper![i])}`));
    made.push(dot);
  });
  const name = l.kept ? `kept: ${l.ids.join(" ")}` : l.ids.join(" ");
  made.push(svg("text", { class: l.kept ? "lane" : "lane broke", x: left, y: y(1) - 6 }, name));
  return made;
}

function claim(axis: EnvelopeAxis): string {
  if (axis.claimed_value === null) return "The lock claims to survive any of it.";
  if (axis.claimed_value === 0) return "The lock claims to survive none of it.";
  return `The lock claims to survive ${axis.claimed}.`;
}

function draw(axis: EnvelopeAxis, lanes: Lane[]): SVGElement {
  const x = placeOf(axis), height = lanes.length * (lane + gap) + 26;
  const said = Object.values(axis.properties ?? {}).filter((s) => s.state === "broken").map((s) => s.verdict);
  const made = svg("svg", { class: "envelope-chart", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${axis.name}. ${claim(axis)} ${said.join(" ") || "Nothing broke."}` });
  const bottom = height - 26;
  lanes.forEach((l, at) => made.append(...drawLane(axis, x, l, gap + at * (lane + gap))));
  if (axis.claimed_value) {
    const at = Number(x(axis.claimed_value).toFixed(1));
    const before = at > width / 2;
    made.append(svg("path", { class: "claimed", d: `M${at},${gap - 26}V${bottom}` }));
    made.append(svg("text", { class: "claimed", x: at + (before ? -4 : 4), y: gap - 20, "text-anchor": before ? "end" : "start" }, `claimed ${axis.claimed}`));
  }
  for (const i of ticksOf(axis, x)) {
    const at = x(axis.values[i]);
    const anchor = i === 0 ? "start" : i === axis.values.length - 1 ? "end" : "middle";
    made.append(svg("path", { class: "axis", d: `M${at.toFixed(1)},${bottom}v4` }));
    made.append(svg("text", { x: (anchor === "start" ? left : anchor === "end" ? width - right : at).toFixed(1), y: height - 8, "text-anchor": anchor }, axis.labels[i]));
  }
  return made;
}

function numbers(axis: EnvelopeAxis): HTMLElement {
  const groups = alike(Object.entries(axis.properties ?? {}).filter(([, s]) => exercised(s)), (s) => JSON.stringify([s.violations, s.exercised]));
  const columns: Column<number>[] = [{ name: axis.name, head: true, cell: (i) => axis.labels[i] }];
  for (const { ids, series } of groups) {
    columns.push({
      name: ids.join(" "),
      cell: (i) => {
        if (series.exercised![i] === 0) return element("span", { class: "doubtful" }, "not exercised");
        const broke = series.violations![i] > 0;
        return element("span", {}, element("span", { class: broke ? "bad" : "" }, ofRuns(series.violations![i], series.exercised![i])),
          element("span", { class: "promise" }, `${interval(series.lower![i], series.upper![i])}`));
      },
    });
  }
  const shown = table(`${axis.name}: runs that broke a property, of those that exercised it, and the exact interval at 95 %`, columns, axis.values.map((_, i) => i));
  return element("details", {}, element("summary", {}, `${axis.name} as a table`), shown);
}

// The figure of an axis that was tried.
export function axisFigure(axis: EnvelopeAxis): HTMLElement {
  const lanes = lanesOf(axis);
  const never = Object.entries(axis.properties ?? {}).filter(([, s]) => !exercised(s)).map(([id]) => id);
  const again = axis.boundaries.filter((b) => b.kept_again_beyond).map((b) => b.property);
  const words = [claim(axis)];
  if (axis.boundaries.length === 0 && lanes.length > 0) words.push("Nothing broke.");
  if (again.length > 0) words.push(`Kept again somewhere beyond where it first breaks: ${listed(again)}.`);
  if (never.length > 0) words.push(`Not exercised: ${listed(never)}.`);
  const made = element("figure", { class: "small axis-figure", "data-axis": axis.name },
    element("figcaption", {}, element("strong", {}, axis.name), `: ${axis.about}. ${words.join(" ")}`));
  if (lanes.length === 0) made.append(element("p", { class: "doubtful" }, "Nothing was exercised along it."));
  else made.append(draw(axis, lanes), numbers(axis));
  return made;
}
