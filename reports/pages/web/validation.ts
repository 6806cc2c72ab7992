// A validation: which levels a lock has earned and by what evidence, the contract case by case, and the campaigns.
import { Campaign, nested, verdictMatrix } from "./campaign";
import { PageDocument } from "./documents";
import { element, pasteLine } from "./elements";
import { Section, report } from "./frame";
import { table } from "./table";
import { Tone, grouped, roughTime } from "./words";

interface Level {
  name: string;
  meaning: string;
  state: "earned" | "failed" | "not-claimed" | "open";
  evidence: string[];
}

interface Case {
  name: string;
  promise: string;
  result: "right" | "wrong" | "absent" | "open";
  runs: number;
  said?: string;
  broken?: string[];
  replay?: string;
}

export interface ValidationDocument extends PageDocument {
  outcome: "holds" | "broken" | "open";
  backend: string;
  about: string;
  levels: Level[];
  absent: string[];
  counts: string;
  contract: Case[];
  campaigns: { name: string; about: string; campaign: Campaign }[];
  claims: { what: string; value: string }[];
  version: string;
  machine: { seconds: number };
}

const outcomes: Record<ValidationDocument["outcome"], [Tone, string]> = { holds: ["good", "It holds."], broken: ["bad", "Broken."], open: ["doubtful", "Left open."] };
const states: Record<Level["state"], [Tone, string]> = {
  earned: ["good", "earned"],
  failed: ["bad", "NOT EARNED"],
  "not-claimed": ["quiet", "not claimed"],
  open: ["doubtful", "open"],
};
const results: Record<Case["result"], [Tone, string]> = { wrong: ["bad", "WRONG"], open: ["doubtful", "open"], right: ["good", "right"], absent: ["quiet", "absent"] };
const kinds = Object.keys(results) as Case["result"][];

const evidenceShown = 4;

function evidence(sentences: string[]): HTMLElement {
  const list = (some: string[]) => element("ul", { class: "evidence" }, ...some.map((sentence) => element("li", {}, sentence)));
  if (sentences.length === 0) return element("span", { class: "quiet" }, "none");
  if (sentences.length <= evidenceShown + 1) return list(sentences);
  const rest = sentences.slice(evidenceShown);
  return element("div", {}, list(sentences.slice(0, evidenceShown)), element("details", {}, element("summary", {}, `and ${grouped(rest.length)} more`), list(rest)));
}

function levels(d: ValidationDocument): HTMLElement {
  return table(
    `What ${d.backend} has earned`,
    [
      { name: "level", head: true, cell: (l) => element("span", {}, element("span", { class: "id" }, l.name), element("span", { class: "promise" }, l.meaning)) },
      { name: "", cell: (l) => element("span", { class: `verdict ${states[l.state][0]}` }, states[l.state][1]) },
      { name: "evidence", cell: (l) => evidence(l.evidence) },
    ],
    d.levels,
  );
}

function said(c: Case): HTMLElement {
  const made = element("span", {}, c.promise);
  if (c.said) made.append(element("span", { class: `promise ${results[c.result][0]}` }, c.broken?.length ? `${c.broken.join(", ")}: ${c.said}` : c.said));
  if (c.replay) made.append(pasteLine(c.replay));
  return made;
}

// Buttons that leave only cases of one kind.
function contract(d: ValidationDocument): Node[] {
  const shown = table(
    "The contract, case by case",
    [
      { name: "case", head: true, by: (c: Case) => c.name, cell: (c) => element("code", {}, c.name) },
      { name: "result", by: (c) => kinds.indexOf(c.result), cell: (c) => element("span", { class: `verdict ${results[c.result][0]}` }, results[c.result][1]) },
      { name: "what must come of it", cell: said },
      { name: "runs", number: true, by: (c) => c.runs, cell: (c) => grouped(c.runs) },
    ],
    d.contract,
    (c) => ({ "data-result": c.result }),
  );
  const count = element("p", { class: "quiet", role: "status" });
  const rows = [...shown.querySelectorAll<HTMLElement>("tbody tr")];
  const buttons: HTMLElement[] = [];
  const choose = (result: string) => {
    rows.forEach((row) => (row.hidden = result !== "all" && row.dataset.result !== result));
    buttons.forEach((b) => b.setAttribute("aria-pressed", String(b.dataset.of === result)));
    const left = rows.filter((row) => !row.hidden).length;
    count.textContent = left === rows.length ? d.counts : `${grouped(left)} of ${grouped(rows.length)} cases are shown`;
  };
  for (const kind of ["all", ...kinds]) {
    const of = kind === "all" ? rows.length : d.contract.filter((c) => c.result === kind).length;
    if (of === 0) continue;
    const button = element("button", { type: "button", "data-of": kind }, `${kind} ${grouped(of)}`);
    button.addEventListener("click", () => choose(kind));
    buttons.push(button);
  }
  choose("all");
  return [element("div", { class: "filters", role: "group", "aria-label": "Which cases are shown" }, ...buttons), count, shown];
}

function campaigns(d: ValidationDocument): Node[] {
  if (d.campaigns.length === 0) return [];
  const named = d.campaigns.map((c) => ({ ...c.campaign, backend: c.name }));
  const made: Node[] = [
    element("p", {}, "Each is the one before with more that can go wrong."),
    element("dl", { class: "facts-list" }, ...d.campaigns.flatMap((c) => [element("dt", {}, c.name), element("dd", {}, `${c.about}. `, element("strong", {}, c.campaign.answer))])),
    verdictMatrix(named),
  ];
  d.campaigns.forEach((c, at) => {
    made.push(element("details", { class: "campaign" }, element("summary", {}, `All of the campaign "${c.name}"`), ...nested(c.campaign, `${at}-`)));
  });
  return made;
}

export function showValidation(d: ValidationDocument, into: HTMLElement): void {
  const [tone, word] = outcomes[d.outcome];
  const claims = table(
    `What ${d.backend} claims`,
    [
      { name: "claim", head: true, cell: (c) => c.what },
      { name: "", cell: (c) => element("span", { class: c.value === "no" ? "quiet" : "" }, c.value) },
    ],
    d.claims,
  );
  const sections: Section[] = [
    { id: "levels", name: "Levels", contents: d.campaigns.length ? [levels(d)] : [] },
    { id: "not-covered", name: "What this validation did not try", contents: [element("ul", { class: "not-covered" }, ...d.absent.map((sentence) => element("li", {}, sentence)))] },
    { id: "contract", name: "The contract", contents: contract(d) },
    { id: "campaigns", name: "Campaigns", contents: campaigns(d) },
    { id: "claims", name: "Claims", contents: [element("p", {}, "Only what a lock claims is asked of it."), claims] },
  ];
  report(into, { title: d.title, answer: d.answer ?? "", tone, word, facts: [d.about, d.counts, roughTime(d.machine.seconds), `Lockstep ${d.version}`] }, sections);
}
