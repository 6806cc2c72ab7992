// Several envelopes side by side: each lock against each trouble, where it first breaks.
import { PageDocument } from "./documents";
import { element, pasteLine } from "./elements";
import { outcomes } from "./envelope";
import { report } from "./frame";
import { Column, table } from "./table";
import { counted, grouped } from "./words";

interface Break {
  properties: string[];
  safe_up_to: string;
  text: string;
  claimed: boolean;
  survived: number; // of the axis, by powers of ten
}

type Cell =
  | { state: "not-measured" }
  | { state: "not-exercised" }
  | { state: "not-tried"; because: string }
  | { state: "kept"; exercised: number }
  | { state: "broken"; claimed: string; breaks: Break[] };

interface Lock {
  name: string;
  about: string;
  outcome: "kept" | "broken" | "open";
  answer: string;
  runs: number;
  runs_per_point: number;
  ttl: string;
  first_seed: number;
  version: string;
  absent: string[];
  command: string;
  cells: Cell[];
  sentence?: string;
  page?: string;
}

export interface EnvelopesDocument extends PageDocument {
  axes: { name: string; about: string }[];
  locks: Lock[];
  command: string;
}

function nameOf(lock: Lock): HTMLElement {
  // "./": a file may be called like a scheme.
  const name = lock.page ? element("a", { href: `./${encodeURIComponent(lock.page)}` }, lock.name) : lock.name;
  const [tone, word] = outcomes[lock.outcome];
  return element("span", {}, element("span", { class: "id" }, name), element("span", { class: `promise ${tone}` }, word));
}

function shown(cell: Cell): HTMLElement {
  switch (cell.state) {
    case "not-measured": return element("span", { class: "quiet" }, "not measured");
    case "not-tried": return element("span", { class: "quiet", title: cell.because }, "n/a");
    case "not-exercised": return element("span", { class: "doubtful" }, "not exercised");
    case "kept": return element("span", { class: "break" }, "all", element("span", { class: "ids" }, `${cell.exercised} exercised`));
  }
  const breaks = cell.breaks.map((b) =>
    element("span", { class: "break", title: b.text }, element("strong", {}, `${b.safe_up_to}${b.claimed ? "!" : ""}`), " ", element("span", { class: "ids" }, b.properties.join(" "))),
  );
  return element("span", {}, ...breaks);
}

// Deeper for what breaks sooner; the number is in the cell.
function ground(cell: Cell): string {
  if (cell.state === "kept") return "calm";
  if (cell.state !== "broken") return "";
  return `hot${Math.max(1, 5 - Math.floor(5 * Math.min(0.999, cell.breaks[0].survived)))}`;
}

// What is not known comes last.
function order(cell: Cell): number {
  if (cell.state === "broken") return cell.breaks[0].survived;
  return cell.state === "kept" ? 2 : 3;
}

function matrix(d: EnvelopesDocument, sorted: Lock[]): HTMLElement {
  const columns: Column<Lock>[] = [
    { name: "lock", head: true, by: (l) => l.name, cell: nameOf },
    { name: "kept", number: true, by: (l) => l.cells.filter((c) => c.state === "kept").length, cell: (l) => String(l.cells.filter((c) => c.state === "kept").length) },
  ];
  d.axes.forEach((axis, at) => columns.push({ name: axis.name, class: "axis-cell", by: (l) => order(l.cells[at]), cell: (l) => shown(l.cells[at]) }));
  const made = table("Up to which magnitude each lock is safe, and what breaks behind it", columns, sorted);
  made.querySelector("table")!.classList.add("heat", "cells", "locks");
  made.querySelectorAll("tbody tr").forEach((row, i) => {
    [...row.children].slice(2).forEach((cell, at) => ground(sorted[i].cells[at]) && cell.classList.add(ground(sorted[i].cells[at])));
  });
  return made;
}

function lock(l: Lock): HTMLElement {
  const [tone] = outcomes[l.outcome];
  return element(
    "article",
    { class: `failure ${tone}-side` },
    element("h3", {}, l.name),
    element("p", { class: "quiet" }, l.about),
    element("p", { class: "sentence" }, l.answer),
    ...(l.sentence ? [element("p", {}, element("strong", {}, l.name), ` ${l.sentence}`)] : []),
    element("p", { class: "quiet" }, `${counted(l.runs, "run")}, ${grouped(l.runs_per_point)} behind each point, seeds from ${grouped(l.first_seed)} on, leases of ${l.ttl}, Lockstep ${l.version}`),
    element(
      "details",
      {},
      element("summary", {}, `${l.name}: what was not exercised, and how to measure it again`),
      element("ul", {}, ...l.absent.map((s) => element("li", {}, s))),
      pasteLine(l.command),
    ),
  );
}

export function showEnvelopes(d: EnvelopesDocument, into: HTMLElement): void {
  const states = Object.keys(outcomes);
  const sorted = [...d.locks].sort((a, b) => states.indexOf(a.outcome) - states.indexOf(b.outcome) || a.name.localeCompare(b.name, "en"));
  const worst = d.locks.some((l) => l.outcome === "broken") ? "broken" : d.locks.some((l) => l.outcome === "open") ? "open" : "kept";
  const word = { broken: "Some do less than they claim.", open: "Left open.", kept: "All within their claims." }[worst];
  const key = "Kept: along so many axes nothing broke. In each cell the greatest magnitude up to which no run broke what is named behind it: all: to the end of the axis; none: broken at the mildest; !: the lock claims to survive what broke it; n/a: does not bear on the lock. Beside all is told how many properties were exercised. The deeper the ground, the sooner it breaks, by powers of ten along the axis. What was not exercised is said below, lock by lock.";
  report(into, { title: d.title, answer: d.answer ?? "", tone: outcomes[worst][0], word, facts: [] }, [
    { id: "locks", name: "Where each first breaks", contents: [element("p", { class: "quiet" }, key), matrix(d, sorted)] },
    { id: "axes", name: "The troubles", contents: [element("dl", { class: "facts-list" }, ...d.axes.flatMap((a) => [element("dt", {}, a.name), element("dd", {}, a.about)]))] },
    { id: "each", name: "Lock by lock", contents: sorted.map(lock) },
    { id: "made", name: "Made by", contents: [pasteLine(d.command)] },
  ]);
}
