// The zoo: a row for each planted bug, and for each way of searching how soon it was caught.
import { svg } from "./bars";
import { PageDocument } from "./documents";
import { element, pasteLine } from "./elements";
import { report } from "./frame";
import { Column, table } from "./table";
import { counted, grouped, roughTime } from "./words";

interface Hunt {
  caught: boolean;
  runs: number;
  seconds: number;
}

interface Bug {
  name: string;
  mechanism: number;
  source: string;
  about: string;
  caught: boolean;
  caught_by: string[];
  strategies: { strategy: string; median: Hunt; hunts: Hunt[] }[];
  shrunk?: { steps: number; faults: number; seconds: number; property: string; sentence: string; replay: string };
}

export interface ZooDocument extends PageDocument {
  sizes: string;
  command: string;
  complete: boolean;
  hunts: number;
  limit_seconds: number;
  bugs: Bug[];
  deaths: string[];
  machine: { seconds: number; jobs: number };
}

// Each hunt is a dot, at the run that caught the bug, the middle one a stroke; a cross: it was given up. By tens.
function strip(hunts: Hunt[], median: Hunt, most: number): SVGElement {
  const x = (runs: number) => 4 + (92 * Math.log10(Math.max(1, runs))) / Math.max(1, Math.log10(most));
  const made = svg("svg", { class: "strip", viewBox: "0 0 104 14", "aria-hidden": "true" }, svg("path", { class: "axis", d: "M4,7H96" }));
  for (const h of hunts) {
    if (h.caught) made.append(svg("circle", { cx: x(h.runs).toFixed(1), cy: 7, r: 2.2 }));
    else made.append(svg("path", { class: "given-up", d: "M97,4l6,6m0,-6l-6,6" }));
  }
  if (median.caught) made.append(svg("path", { class: "median", d: `M${x(median.runs).toFixed(1)},1v12` }));
  return made;
}

function shrunkTo(bug: Bug): string {
  return bug.shrunk ? `${counted(bug.shrunk.steps, "operation")}, ${counted(bug.shrunk.faults, "fault")}` : "";
}

// Of a hunt that was given up it is not known; it comes last.
const orLast = (hunt: Hunt, value: number) => (hunt.caught ? value : Infinity);

function columnsOf(d: ZooDocument): Column<Bug>[] {
  const most = Math.max(1, ...d.bugs.flatMap((b) => b.strategies.flatMap((s) => s.hunts.filter((h) => h.caught).map((h) => h.runs))));
  const columns: Column<Bug>[] = [
    {
      name: "planted bug",
      head: true,
      by: (b) => b.name,
      cell: (b) => element("span", {}, element("span", { class: "id" }, b.name), element("span", { class: "promise" }, b.about, b.source ? ` (${b.source})` : "")),
    },
    { name: "no", number: true, by: (b) => b.mechanism, cell: (b) => String(b.mechanism) },
    {
      name: "caught by",
      by: (b) => (b.caught ? b.caught_by.join(" ") : ""),
      cell: (b) => (b.caught ? b.caught_by.join(" ") : element("span", { class: "verdict bad" }, "NOT CAUGHT")),
    },
  ];
  const several = (d.bugs[0]?.strategies.length ?? 0) > 1;
  (d.bugs[0]?.strategies ?? []).forEach(({ strategy }, at) => {
    const of = (b: Bug) => b.strategies[at];
    const given = (hunt: Hunt, text: string) => (hunt.caught ? text : element("span", { class: "doubtful" }, "given up"));
    columns.push(
      {
        name: several ? `${strategy}: runs` : "runs until caught",
        number: true,
        by: (b) => orLast(of(b).median, of(b).median.runs),
        cell: (b) => element("span", { class: "share" }, given(of(b).median, grouped(of(b).median.runs)), strip(of(b).hunts, of(b).median, most)),
      },
      {
        name: several ? "time" : "time of a core",
        number: true,
        by: (b) => orLast(of(b).median, of(b).median.seconds),
        cell: (b) => given(of(b).median, roughTime(of(b).median.seconds)),
      },
    );
  });
  if (d.bugs.some((b) => b.shrunk))
    columns.push({ name: "shrunk to", by: (b) => (b.shrunk ? b.shrunk.steps + b.shrunk.faults : Infinity), cell: shrunkTo });
  return columns;
}

function caught(b: Bug): HTMLElement {
  return element(
    "details",
    {},
    element("summary", {}, b.name),
    element("p", {}, `${b.shrunk!.property}: ${b.shrunk!.sentence}`),
    pasteLine(b.shrunk!.replay),
    element("p", { class: "quiet" }, `${shrunkTo(b)}, after ${roughTime(b.shrunk!.seconds)}`),
  );
}

export function showZoo(d: ZooDocument, into: HTMLElement): void {
  const missed = d.bugs.filter((b) => !b.caught);
  const facts = [counted(d.bugs.length, "planted bug"), `${counted(d.hunts, "hunt")} each`, `given up after ${roughTime(d.limit_seconds)} of a core`, `${roughTime(d.machine.seconds)} on ${counted(d.machine.jobs, "core")}`];
  const legend =
    "What counts is the median of the hunts. In the small pictures each hunt is a dot at the run that caught the bug, the stroke is the median, by powers of ten from left to right; a cross is a hunt that was given up.";
  const shrunk = d.bugs.filter((b) => b.shrunk);
  const tone = d.complete && missed.length === 0 ? "good" : d.complete ? "bad" : "doubtful";
  report(into, { title: d.title, answer: d.answer ?? "", tone, word: missed.length === 0 ? "Caught." : d.complete ? "Not caught." : "Stopped.", facts }, [
    {
      id: "missed",
      name: "What was not caught",
      contents: missed.length ? [element("ul", { class: "not-covered" }, ...missed.map((b) => element("li", {}, element("strong", {}, b.name), `: ${b.about}`)))] : [],
    },
    { id: "bugs", name: "Bug by bug", contents: [element("p", { class: "quiet" }, legend), table("Planted bugs and what it costs to find each", columnsOf(d), d.bugs)] },
    { id: "shrunk", name: "What each catch comes down to", contents: shrunk.length ? [element("p", {}, d.sizes), ...shrunk.map(caught)] : [] },
    { id: "deaths", name: "Workers that died", contents: d.deaths.map((line) => element("p", { class: "bad" }, line)) },
    { id: "made", name: "Made by", contents: [pasteLine(d.command)] },
  ]);
}
