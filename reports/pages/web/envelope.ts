// An envelope: how much of each trouble a lock survives, what breaks first beyond, and on how many runs that rests.
import { element, pasteLine } from "./elements";
import { axisFigure } from "./envelope_chart";
import { Boundary, EnvelopeAxis, EnvelopeDocument, EnvelopeMap, alike, interval, ofRuns } from "./envelope_document";
import { Section, report } from "./frame";
import { Column, scrolled, table } from "./table";
import { Tone, counted, grouped, listed, roughTime } from "./words";

export const outcomes: Record<EnvelopeDocument["outcome"], [Tone, string]> = {
  kept: ["good", "Within its claims."],
  broken: ["bad", "Less than it claims."],
  open: ["doubtful", "Left open."],
};

type Property = EnvelopeDocument["properties"][number];

// A row for each property that was exercised somewhere, a column for each axis.
function overview(d: EnvelopeDocument): HTMLElement {
  const columns: Column<Property>[] = [{ name: "property", head: true, cell: (p) => element("span", {}, element("span", { class: "id" }, p.id), ` ${p.name}`) }];
  for (const axis of d.axes) {
    columns.push({
      name: axis.name,
      cell: (p) => {
        const series = axis.properties?.[p.id];
        if (axis.not_tried_because !== undefined) return element("span", { class: "quiet" }, "n/a");
        if (!series || series.state === "not-exercised") return element("span", { class: "doubtful" }, "-");
        const b = axis.boundaries.find((one) => one.property === p.id);
        if (b) return element("span", { class: `verdict ${b.claimed ? "bad" : "doubtful"}` }, `${series.safe_up_to}${b.claimed ? "!" : ""}`);
        return element("span", { class: "good" }, series.safe_up_to);
      },
    });
  }
  const somewhere = d.properties.filter((p) => d.axes.some((a) => a.properties?.[p.id] && a.properties[p.id].state !== "not-exercised"));
  return table("Safe up to: the greatest magnitude up to which no run broke the property", columns, somewhere);
}

interface Broken {
  axis: EnvelopeAxis;
  boundary: Boundary;
}

function basis(axis: EnvelopeAxis, property: string, value: number): HTMLElement {
  const i = axis.values.indexOf(value), s = axis.properties?.[property];
  if (!s || !s.exercised || s.exercised[i] === 0) return element("span", { class: "promise doubtful" }, "no run exercised it there");
  return element("span", { class: "promise" }, `${ofRuns(s.violations![i], s.exercised[i])}; ${interval(s.lower![i], s.upper![i])}`);
}

// What the head of its column says, for narrow screens, on which rows are stacked and have no heads.
const told = (name: string) => element("span", { class: "stacked-name" }, `${name}: `);

function boundaries(d: EnvelopeDocument): Node[] {
  const all: Broken[] = d.axes.flatMap((axis) => axis.boundaries.map((boundary) => ({ axis, boundary })));
  if (all.length === 0) return [element("p", {}, "Nothing broke at any magnitude that was tried.")];
  const label = (axis: EnvelopeAxis, value: number) => axis.labels[axis.values.indexOf(value)];
  const name = (id: string) => d.properties.find((p) => p.id === id)?.name ?? "";
  const columns: Column<Broken>[] = [
    { name: "axis", head: true, by: (b) => d.axes.indexOf(b.axis), cell: (b) => element("span", { class: "id" }, b.axis.name) },
    { name: "property", by: (b) => b.boundary.property, cell: (b) => element("span", {}, element("strong", {}, b.boundary.property), ` ${name(b.boundary.property)}`) },
    {
      name: "last safe",
      cell: ({ axis, boundary: b }) =>
        b.last_kept === null
          ? element("span", {}, told("last safe"), "none", element("span", { class: "promise" }, "the mildest breaks it"))
          : element("span", {}, told("last safe"), label(axis, b.last_kept), basis(axis, b.property, b.last_kept)),
    },
    { name: "first broken", cell: ({ axis, boundary: b }) => element("span", {}, told("first broken"), label(axis, b.first_broken), basis(axis, b.property, b.first_broken)) },
    {
      name: "claimed",
      by: (b) => (b.boundary.claimed ? 0 : 1),
      cell: ({ axis, boundary: b }) => element("span", {}, told("claimed"), axis.claimed, element("span", { class: `promise ${b.claimed ? "bad" : ""}` }, b.claimed ? "broken within it" : "beyond it")),
    },
    {
      name: "how it broke",
      class: "how",
      cell: ({ boundary: b }) => {
        const made = element("span", {}, element("span", { class: "promise" }, `seed ${grouped(b.example.seed)}: ${b.example.sentence}`));
        if (b.example.replay) made.append(pasteLine(b.example.replay));
        return made;
      },
    },
  ];
  const said = "Of the runs that exercised the property, with the exact interval at 95 % for the share that breaks it.";
  return [element("p", { class: "quiet" }, said), table("Where each property first breaks, and a run that shows it", columns, all)];
}

function cellsTable(caption: string, map: EnvelopeMap, cell: (row: number, column: number) => HTMLElement): HTMLElement {
  const head = element("tr", {}, element("th", { scope: "col" }, `${map.y} \\ ${map.x}`), ...map.x_labels.map((label) => element("th", { scope: "col", class: "number" }, label)));
  const rows = map.y_labels.map((label, row) => element("tr", {}, element("th", { scope: "row", class: "number" }, label), ...map.x_labels.map((_, i) => cell(row, i)))).reverse();
  return scrolled(caption, element("table", { class: "heat cells" }, element("caption", {}, caption), element("thead", {}, head), element("tbody", {}, ...rows)));
}

// Empty: the run was stopped before.
function mapShown(map: EnvelopeMap): Node[] {
  if (map.runs.length === 0) return [];
  const made: Node[] = [element("h3", {}, `${map.x} against ttl`)];
  const groups = alike(Object.entries(map.properties), (s) => JSON.stringify(s));
  for (const { ids, series } of groups) {
    made.push(cellsTable(`${map.x} against ttl: runs that broke ${listed(ids)}, of those that exercised it`, map, (row, i) => {
      const of = series.exercised[row][i], broke = series.violations[row][i];
      if (of === 0) return element("td", { class: "number never" }, "-");
      return element("td", { class: `number ${broke ? `hot${Math.ceil((5 * broke) / of)}` : "calm"}` }, `${broke}/${of}`);
    }));
  }
  const kept = map.kept_everywhere.length ? `Kept in all cells: ${listed(map.kept_everywhere)}. ` : "";
  made.push(element("p", {}, groups.length === 0 ? "Nothing broke in any cell. " : "", kept));
  const granted = cellsTable(`${map.x} against ttl: of a hundred tries, how many were granted`, map, (row, i) => {
    const asked = map.asked[row][i], share = asked ? map.granted[row][i] / asked : 0;
    if (asked === 0) return element("td", { class: "number never" }, "-");
    return element("td", { class: `number heat${Math.ceil(5 * share)}` }, String(Math.floor(100 * share)));
  });
  made.push(element("details", {}, element("summary", {}, `${map.x} against ttl: how many tries were granted`), granted));
  return made;
}

function maps(d: EnvelopeDocument): Node[] {
  const drawn = d.maps.flatMap(mapShown);
  if (drawn.length === 0) return [];
  const of = d.runs_per_cell;
  const key = (name: string, text: string, words: string) => element("span", { class: "key" }, element("span", { class: `swatch ${name}` }, text), ` ${words}`);
  const legend = element("p", { class: "legend" }, key("calm", `0/${of}`, "none broke it"), key("hot1", `1/${of}`, "few did"), key("hot5", `${of}/${of}`, "all did"), key("never", "-", "none exercised it"));
  return [element("p", {}, `In each cell ${counted(d.runs_per_cell, "run")}, so that a 0 there still leaves room. Long leases on top, from mild to bad from left to right.`), legend, ...drawn];
}

function made(d: EnvelopeDocument): Node[] {
  const facts: [string, string][] = [
    ["leases", d.ttl],
    ["runs", `${grouped(d.runs_in_all)} in all, ${grouped(d.runs_per_point)} behind each point, ${grouped(d.runs_per_cell)} behind each cell of a map`],
    ["seeds", `from ${grouped(d.first_seed)} on at each point`],
    ["boundaries", `halved until known to ${d.resolution_ppm / 1e4} % of the magnitude`],
    ["intervals", d.interval],
    ["Lockstep", d.machine.version],
    ["machine", `${roughTime(d.machine.seconds)} on ${counted(d.machine.jobs, "core")}; all else depends on the seeds alone`],
  ];
  return [pasteLine(d.command), element("dl", { class: "facts-list" }, ...facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]))];
}

export function showEnvelope(d: EnvelopeDocument, into: HTMLElement): void {
  const [tone, word] = outcomes[d.outcome];
  const tried = d.axes.filter((a) => a.not_tried_because === undefined);
  const key = "all: kept to the end of the axis. none: broken at its mildest. -: not exercised. *: not exercised beyond. n/a: does not bear on this lock. !: the lock claims to survive what broke it. Of ttl, less is worse.";
  const chartKey = "Across: the magnitude, from mild to bad, by powers of ten. Upwards: the share of runs that broke the property; the dot is what was seen, the stroke its exact interval at 95 %. Shaded: between the last safe and the first broken. Dashed: what the lock claims. A cross: no run exercised it.";
  const calm = d.properties.filter((p) => p.calm_violations > 0);
  const sections: Section[] = [
    { id: "safe", name: "Safe up to", contents: [overview(d), element("p", { class: "quiet" }, key)] },
    { id: "calm", name: "Broken without any trouble", contents: calm.length ? [element("ul", {}, ...calm.map((p) => element("li", { class: p.claimed ? "bad" : "doubtful" }, `${p.id} ${p.name}: ${ofRuns(p.calm_violations, p.calm_exercised)}`)))] : [] },
    { id: "boundaries", name: "Where it breaks", contents: boundaries(d) },
    { id: "axes", name: "Axis by axis", contents: tried.length ? [element("p", { class: "quiet" }, chartKey), element("div", { class: "multiples" }, ...tried.map(axisFigure))] : [] },
    { id: "maps", name: "Troubles against the length of leases", contents: maps(d) },
    { id: "not-covered", name: "What was not exercised", contents: d.absent.length ? [element("ul", { class: "not-covered" }, ...d.absent.map((sentence) => element("li", {}, sentence)))] : [] },
    { id: "deaths", name: "Workers that died: not counted", contents: d.deaths.map((line) => element("p", { class: "bad" }, line)) },
    { id: "made", name: "Made by", contents: made(d) },
  ];
  report(into, { title: d.title, answer: d.answer ?? "", tone, word, facts: [d.about, counted(d.runs_in_all, "run"), `leases of ${d.ttl}`, `Lockstep ${d.machine.version}`] }, sections);
}
