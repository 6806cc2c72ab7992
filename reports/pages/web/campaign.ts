// Campaigns: what was promised, what was kept, what was not looked at, and how all that was tried.
import { Measure, bar, measures, overTime } from "./bars";
import { PageDocument } from "./documents";
import { element, pasteLine } from "./elements";
import { Section, report } from "./frame";
import { Column, scrolled, table } from "./table";
import { Tone, counted, grouped, listed, rate, roughTime } from "./words";

interface PropertyTold {
  id: string;
  name: string;
  promise: string;
  verdict: "kept" | "broken" | "undecided" | "not exercised" | "not asked" | "kept, not asked" | "broken, not asked";
  asserted: boolean;
  runs: number;
  exercised_runs: number;
  exercised: number;
  violations: number;
  undecided: number;
}

interface FailureTold {
  property: string;
  name: string;
  shape: string;
  runs: number;
  smallest: string;
  sentence: string;
  replay: string;
  asserted?: boolean;
  origins?: string[];
  steps?: number;
  faults?: number;
  shrunk?: boolean;
  trace_hash?: string;
  account?: string;
  page?: string;
  simpler?: { broke: string; replay: string };
}

interface CoverageRow {
  operation: string;
  outcome: string;
  total: number;
  during: number[];
}

export interface Campaign {
  backend: string;
  profile: string;
  answer: string;
  outcome: "clean" | "violation" | "inconclusive" | "non-deterministic" | "interrupted";
  state: "finished" | "interrupted" | "at work" | "not finished";
  first_seed: number;
  seeds_wanted: number;
  seeds_run: number;
  runs: number;
  not_covered: string[];
  properties: PropertyTold[];
  failures: FailureTold[];
  findings: FailureTold[];
  crashes: { all: number; told: { what: string; replay: string }[] };
  determinism: { every: number; checked: number; mismatches: number; told: string[] };
  faults: { name: string; meaning: string; struck: number }[];
  coverage: { faults: string[]; rows: CoverageRow[] };
  canaries: { name: string; caught: boolean; runs: number; by: string[] }[];
  stories: number;
  stories_failed: number;
  events: number;
  messages: number;
  messages_lost: number;
  messages_duplicated: number;
  virtual_ns: number;
  build: { version: string; program: string; runs_digest: string };
  machine: { seconds: number; jobs: number; moments: [number, number, number][] };
}

export interface CampaignDocument extends PageDocument {
  campaigns: Campaign[];
}

const outcomes: Record<Campaign["outcome"], [Tone, string]> = {
  clean: ["good", "Clean."],
  violation: ["bad", "Violation."],
  inconclusive: ["doubtful", "Inconclusive."],
  "non-deterministic": ["bad", "Not deterministic."],
  interrupted: ["doubtful", "Unfinished."],
};

const verdicts: Record<PropertyTold["verdict"], Tone> = {
  broken: "bad",
  undecided: "doubtful",
  "not exercised": "doubtful",
  "broken, not asked": "doubtful",
  kept: "good",
  "kept, not asked": "quiet",
  "not asked": "quiet",
};
const worst = Object.keys(verdicts);

function verdict(p: PropertyTold): HTMLElement {
  return element("span", { class: `verdict ${verdicts[p.verdict]}` }, p.verdict === "broken" ? "BROKEN" : p.verdict);
}

function propertyName(p: { id: string; name: string; promise: string }): HTMLElement {
  return element(
    "span",
    {},
    element("span", { class: "id" }, p.id),
    ` ${p.name}`,
    element("span", { class: "promise" }, p.promise),
  );
}

export function verdictTable(c: Campaign): HTMLElement {
  const columns: Column<PropertyTold>[] = [
    { name: "promise", head: true, cell: propertyName, by: (p) => p.id },
    { name: "verdict", cell: verdict, by: (p) => worst.indexOf(p.verdict) },
    {
      name: "runs that exercised it",
      number: true,
      by: (p) => p.exercised_runs,
      cell: (p) => element("span", { class: "share" }, grouped(p.exercised_runs), bar(p.runs ? p.exercised_runs / p.runs : 0, p.exercised ? "plain" : "doubtful")),
    },
    { name: "situations", number: true, cell: (p) => grouped(p.exercised), by: (p) => p.exercised },
    {
      name: "runs that broke it",
      number: true,
      by: (p) => p.violations,
      cell: (p) => element("span", p.violations ? { class: p.asserted ? "bad" : "doubtful" } : {}, grouped(p.violations)),
    },
  ];
  return table(`What ${c.backend} promises, and what came of it in ${counted(c.runs, "run")}`, columns, c.properties);
}

// One column for each campaign.
export function verdictMatrix(all: Campaign[]): HTMLElement {
  const columns: Column<PropertyTold>[] = [{ name: "promise", head: true, cell: propertyName, by: (p) => p.id }];
  for (const c of all) {
    const of = (p: PropertyTold) => c.properties.find((q) => q.id === p.id)!;
    columns.push({
      name: all.some((d) => d !== c && d.backend === c.backend) ? `${c.backend}, ${c.profile}` : c.backend,
      cell: (p) => element("span", {}, verdict(of(p)), element("span", { class: "promise" }, counted(of(p).exercised, "time"))),
      by: (p) => worst.indexOf(of(p).verdict),
    });
  }
  return table("Promises and locks: the verdict, and how often it was exercised", columns, all[0].properties);
}

type Level = "h3" | "h4"; // of the headings inside a section

function failure(f: FailureTold, tone: Tone, level: Level): HTMLElement {
  const shown = element(
    "article",
    { class: `failure ${tone}-side` },
    element(level, {}, element("span", { class: tone }, `${f.property} ${f.name}`), `: ${f.shape}`),
    element("p", { class: "sentence" }, f.sentence),
    pasteLine(f.replay),
  );
  if (f.page) shown.append(element("p", {}, element("a", { href: f.page }, "Its page, with the picture of the run")));
  if (f.account)
    shown.append(element("details", { open: "" }, element("summary", {}, "How it came to it"), element("p", { class: "account" }, f.account)));
  const facts = [counted(f.runs, "run")];
  if (f.origins) {
    const more = f.runs - f.origins.length;
    facts.push(listed(more > 0 ? [...f.origins, `${grouped(more)} more`] : f.origins));
  }
  if (f.steps !== undefined && f.faults !== undefined)
    facts.push(`${f.shrunk ? "shrunk to" : "not shrunk:"} ${counted(f.steps, "operation")} and ${counted(f.faults, "fault")}`);
  if (!f.origins) facts.push(`first ${f.smallest}`);
  if (f.trace_hash) facts.push(`trace ${f.trace_hash}`);
  shown.append(element("p", { class: "quiet" }, facts.join("; ")));
  if (f.simpler)
    shown.append(element("p", {}, `Something simpler broke otherwise, ${f.simpler.broke}:`), pasteLine(f.simpler.replay));
  return shown;
}

function crashes(c: Campaign, level: Level): HTMLElement[] {
  return c.crashes.told.map((crash) =>
    element("article", { class: "failure bad-side" }, element(level, { class: "bad" }, "It brought its worker down"), element("p", {}, crash.what), pasteLine(crash.replay)),
  );
}

function more(shown: number, all: number): Node[] {
  return all > shown ? [element("p", {}, `and ${grouped(all - shown)} more`)] : [];
}

function faults(c: Campaign): Node[] {
  const struck: Measure[] = c.faults.filter((f) => f.struck > 0).map((f) => ({ name: f.name, value: f.struck, title: f.meaning }));
  const never = c.faults.filter((f) => f.struck === 0);
  struck.sort((a, b) => b.value - a.value);
  const made: Node[] = [
    struck.length > 0 ? measures("Faults and how often they struck", struck) : element("p", { class: "doubtful" }, "No fault struck in this campaign."),
  ];
  if (never.length > 0)
    made.push(element("p", { class: "doubtful" }, element("strong", {}, "Never struck in this campaign: "), listed(never.map((f) => f.name)) + "."));
  return made;
}

// Rows are what happened, columns the faults that struck; in a cell how often both were at once.
function coverage(c: Campaign): Node[] {
  const { faults: names, rows } = c.coverage;
  if (rows.length === 0) return [element("p", { class: "doubtful" }, "Nobody asked for anything in this campaign.")];
  const caption = "How often an operation came to an outcome, in all and while a fault was at work";
  const head = element(
    "tr",
    {},
    ...["operation", "outcome"].map((name) => element("th", { scope: "col" }, name)),
    element("th", { scope: "col", class: "number" }, "in all"),
    ...names.map((name) => element("th", { scope: "col", class: "turned" }, element("span", {}, name))),
  );
  const bodies: HTMLElement[] = [];
  for (const operation of new Set(rows.map((r) => r.operation))) {
    const of = rows.filter((r) => r.operation === operation);
    const body = element("tbody");
    of.forEach((r, at) => {
      const cells = r.during.map((n) => {
        if (n === 0) return element("td", { class: "number never" }, "never");
        return element("td", { class: `number heat${Math.ceil((5 * n) / r.total)}` }, grouped(n));
      });
      const line = element("tr", {});
      if (at === 0) line.append(element("th", { scope: "rowgroup", rowspan: String(of.length) }, operation));
      line.append(element("th", { scope: "row" }, r.outcome), element("td", { class: "number" }, grouped(r.total)), ...cells);
      body.append(line);
    });
    bodies.push(body);
  }
  const made = element("table", { class: "heat" }, element("caption", {}, caption), element("thead", {}, head), ...bodies);
  const said = "An operation counts for a fault if the fault was at work for at least an instant between asking and outcome; the deeper the ground, the larger the share of its row. ";
  return [
    element("p", {}, said, element("span", { class: "doubtful" }, "never"), ": it did not happen in this campaign."),
    scrolled(caption, made),
  ];
}

function determinism(c: Campaign): Node[] {
  const d = c.determinism;
  const how = d.every > 0 ? `One run in ${grouped(d.every)}, and each that failed,` : "Each run that failed";
  const came = d.mismatches === 0 ? element("span", { class: d.checked > 0 ? "good" : "doubtful" }, d.checked > 0 ? "without a difference" : "which were none") : element("span", { class: "bad" }, `${counted(d.mismatches, "time")} with a difference`);
  return [
    element("p", {}, `${how} was run twice and compared event by event: ${counted(d.checked, "run")}, `, came, "."),
    ...d.told.map((line) => element("p", { class: "bad" }, element("code", {}, line))),
    ...more(d.told.length, d.mismatches),
  ];
}

function canaries(c: Campaign): Node[] {
  const made: Node[] = [];
  if (c.canaries.length > 0) {
    made.push(
      element("p", {}, "A few planted bugs are hunted first, to see that bugs are seen. Stored stories of what once went wrong are run next."),
      table(
        "Planted bugs that were hunted beside",
        [
          { name: "planted bug", head: true, cell: (b) => b.name },
          { name: "", cell: (b) => (b.caught ? element("span", { class: "good" }, "caught") : element("span", { class: "bad" }, "NOT CAUGHT")) },
          { name: "by", cell: (b) => listed(b.by) },
          { name: "runs", number: true, cell: (b) => grouped(b.runs) },
        ],
        c.canaries,
      ),
    );
  }
  const badly = c.stories_failed === 0 ? "all came out well" : `${grouped(c.stories_failed)} of them badly, see the failures`;
  if (c.stories > 0) made.push(element("p", {}, `${counted(c.stories, "stored story was", "stored stories were")} run; ${badly}.`));
  return made;
}

// Of the line of runs done over time: so many in each of equal parts.
function rates(moments: [number, number, number][], seconds: number): { at: number; value: number }[] {
  const parts = Math.max(1, Math.min(40, Math.floor(moments.length / 2)));
  const done = (at: number) => {
    let before: [number, number] = [0, 0];
    for (const [ns, runs] of moments) {
      const s = ns / 1e9;
      if (s >= at) return before[1] + ((runs - before[1]) * (at - before[0])) / Math.max(1e-9, s - before[0]);
      before = [s, runs];
    }
    return before[1];
  };
  return Array.from({ length: parts }, (_, i) => {
    const [from, to] = [(seconds * i) / parts, (seconds * (i + 1)) / parts];
    return { at: to, value: (done(to) - done(from)) / Math.max(1e-9, to - from) };
  });
}

function speed(c: Campaign): Node[] {
  const m = c.machine;
  const simulated = c.virtual_ns / 1e9;
  const facts: [string, string][] = [
    ["time", `${roughTime(m.seconds)} on ${counted(m.jobs, "core")}`],
    ["runs a second", m.seconds > 0 ? `${rate(c.runs / m.seconds)}, ${rate(c.runs / m.seconds / m.jobs)} a core` : "none"],
    ["simulated", `${roughTime(simulated)}${m.seconds > 0 ? `, ${rate(simulated / m.seconds)} times real time` : ""}`],
    ["events", grouped(c.events)],
    ["messages", `${grouped(c.messages)}, of them ${grouped(c.messages_lost)} lost and ${grouped(c.messages_duplicated)} sent twice`],
  ];
  const made: Node[] = [
    element("dl", { class: "facts-list" }, ...facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)])),
  ];
  const until = m.moments.length > 0 ? m.moments[m.moments.length - 1][0] / 1e9 : 0;
  if (until <= 0) return made;
  let failures = 0;
  const marks = m.moments.flatMap(([at, , so]) => {
    const fresh = so - failures;
    failures = so;
    return fresh > 0 ? [{ at: at / 1e9, value: fresh }] : [];
  });
  const wrong = marks.length === 0 ? "No failure." : `Failures, marked by triangles, from ${roughTime(marks[0].at)} on.`;
  const speeds = rates(m.moments, until);
  const done = m.moments.map(([at, runs]) => ({ at: at / 1e9, value: runs }));
  const total = done[done.length - 1].value;
  const low = rate(Math.min(...speeds.map((p) => p.value)));
  const high = rate(Math.max(...speeds.map((p) => p.value)));
  made.push(
    element(
      "div",
      { class: "multiples" },
      overTime({ title: "Seeds done over time", summary: `${grouped(total)} in ${roughTime(until)}. ${wrong}`, until, line: done, marks }),
      overTime({ title: "Seeds a second", summary: `Between ${low} and ${high}. ${wrong}`, until, line: speeds, steps: true, marks }),
    ),
    element("p", { class: "quiet" }, wrong),
  );
  return made;
}

function build(c: Campaign): Node[] {
  const facts: [string, string][] = [
    ["Lockstep", c.build.version],
    ["built with", c.build.program],
    ["seeds", `${grouped(c.first_seed)} to ${grouped(c.first_seed + c.seeds_wanted - 1)}, ${c.profile}`],
    ["digest of all runs", c.build.runs_digest],
  ];
  return [
    element("dl", { class: "facts-list" }, ...facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, element("code", {}, value))])),
    element("p", { class: "quiet" }, "Two builds that agree on the digest ran the same runs, event by event."),
  ];
}

function unfinished(c: Campaign): string | undefined {
  const far = `${grouped(c.seeds_run)} of ${counted(c.seeds_wanted, "seed")}`;
  if (c.state === "at work") return `Not finished: ${far} so far; the campaign is still at work.`;
  if (c.state === "not finished") return `Not finished: ${far}. The campaign was killed; the same command with --resume goes on.`;
  if (c.state === "interrupted") return `Interrupted: ${far}. The same command with --resume goes on.`;
  return undefined;
}

function sectionsOf(c: Campaign, prefix: string, level: Level): Section[] {
  const beside = c.findings.filter((f) => f.asserted);
  const limits = c.findings.filter((f) => !f.asserted);
  const what = [...[...c.failures, ...beside].map((f) => failure(f, "bad", level)), ...crashes(c, level), ...more(c.crashes.told.length, c.crashes.all)];
  const found = limits.length
    ? [element("p", {}, "Broken, but not asked of it here: limits, not faults. The first seed of each."), ...limits.map((f) => failure(f, "doubtful", level))]
    : [];
  const all: Section[] = [
    { id: "verdicts", name: "Verdicts", contents: [verdictTable(c)] },
    { id: "failures", name: "Failures", contents: what },
    {
      id: "not-covered",
      name: "What this campaign did not exercise",
      contents: [element("ul", { class: "not-covered" }, ...c.not_covered.map((sentence) => element("li", {}, sentence)))],
    },
    { id: "findings", name: "Findings", contents: found },
    { id: "faults", name: "Faults that struck", contents: faults(c) },
    { id: "coverage", name: "Operations, outcomes and faults", contents: coverage(c) },
    { id: "determinism", name: "Determinism", contents: determinism(c) },
    { id: "canaries", name: "Planted bugs and stories", contents: canaries(c) },
    { id: "speed", name: "Speed, and seeds over time", contents: speed(c) },
    { id: "build", name: "Build", contents: build(c) },
  ];
  return all.filter((s) => s.contents.length > 0).map((s) => ({ ...s, id: prefix + s.id }));
}

// All of a campaign inside a section of a page that tells more.
export function nested(c: Campaign, prefix: string): Node[] {
  return sectionsOf(c, prefix, "h4").map((s) =>
    element("section", { id: s.id, "aria-labelledby": `${s.id}-name` }, element("h3", { id: `${s.id}-name` }, s.name), ...s.contents),
  );
}

function factsOf(c: Campaign): string[] {
  const exercised = c.properties.filter((p) => p.asserted && p.exercised > 0).length;
  const asked = c.properties.filter((p) => p.asserted).length;
  return [
    counted(c.runs, "run"),
    `${exercised} of ${counted(asked, "promise")} exercised`,
    `${c.faults.filter((f) => f.struck > 0).length} of ${counted(c.faults.length, "kind")} of fault struck`,
    c.profile === "within-claims" ? "within its claims" : "beyond its claims",
    roughTime(c.machine.seconds),
  ];
}

export function showCampaign(d: CampaignDocument, into: HTMLElement): void {
  const [first] = d.campaigns;
  if (d.campaigns.length === 1) {
    const [tone, word] = outcomes[first.outcome];
    report(into, { title: d.title, answer: d.answer ?? "", tone, word, facts: factsOf(first), notice: unfinished(first) }, sectionsOf(first, "", "h3"));
    return;
  }
  const order: Campaign["outcome"][] = ["violation", "non-deterministic", "inconclusive", "interrupted", "clean"];
  const [tone, word] = outcomes[order.find((o) => d.campaigns.some((c) => c.outcome === o))!];
  const sections: Section[] = [{ id: "verdicts", name: "Verdicts", contents: [verdictMatrix(d.campaigns)] }];
  d.campaigns.forEach((c, at) => {
    const notice = unfinished(c);
    const contents: Node[] = [element("p", { class: `answer ${outcomes[c.outcome][0]}` }, c.answer)];
    if (notice) contents.push(element("p", { class: "notice doubtful" }, notice));
    sections.push({ id: `campaign-${at}`, name: `${c.backend}, ${c.profile}`, contents: [...contents, ...nested(c, `${at}-`)] });
  });
  report(into, { title: d.title, answer: d.answer ?? "", tone, word, facts: [] }, sections);
}
