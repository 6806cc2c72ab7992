// Every event and message as rows that can be searched. Long runs have many: a page of them at a time.
import { element } from "./elements";
import { who } from "./facts";
import { Run, RunEvent, RunMessage } from "./run_document";

type Row = RunEvent | RunMessage;
const perPage = 40;

function whoOf(run: Run, row: Row): string {
  return row.kind === "event" ? who(run, row) : `${run.lane(row.lane)} \u2192 ${run.lane(row.to)}`;
}
function whatOf(row: Row): string {
  if (row.kind === "event") return row.words || row.type.replace(/_/g, " ");
  const fate = row.lost ? " (lost)" : row.arrived < 0 ? " (never arrived)" : row.again >= 0 ? " (delivered twice)" : "";
  return `message: ${row.words}${fate}`;
}
const clock = (ns: number) => (ns / 1e9).toFixed(9);

// For those who do not see what stands around it.
export function caption(words: string): HTMLElement {
  return element("caption", { class: "p-unseen" }, words);
}

export function eventTable(run: Run, show: (thing: Row) => void): HTMLElement {
  // What happens at one instant: messages are sent for what happened.
  const rows: Row[] = [...run.events, ...run.messages].sort((a, b) => a.at - b.at || Number(a.kind === "message") - Number(b.kind === "message"));
  let texts: string[] | null = null; // what is searched, made when first needed
  let found = rows, page = 0;
  const search = element("input", { type: "search", id: "event-search", placeholder: "client 1 granted", autocomplete: "off", spellcheck: "false" });
  const only = element("input", { type: "checkbox" });
  const said = element("span", { class: "quiet", role: "status" });
  const body = element("tbody");
  const earlier = element("button", { type: "button" }, "Earlier"), later = element("button", { type: "button" }, "Later");

  const draw = () => {
    const from = page * perPage, shown = found.slice(from, from + perPage);
    body.replaceChildren(...shown.map((row) => rowOf(run, row, show)));
    said.textContent = found.length === 0 ? "Nothing matches." : `${from + 1} to ${from + shown.length} of ${found.length}`;
    earlier.disabled = page === 0;
    later.disabled = from + perPage >= found.length;
  };
  const filter = () => {
    const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    if (wanted.length > 0) texts ??= rows.map((row) => `${clock(row.at)} ${whoOf(run, row)} ${whatOf(row)}`.toLowerCase());
    found = rows.filter((row, i) => (!only.checked || row.shown || (row.kind === "event" && row.proof > 0)) && wanted.every((word) => texts![i].includes(word)));
    page = 0;
    draw();
  };
  const turn = (by: number) => () => {
    page += by;
    draw();
  };
  search.addEventListener("input", filter);
  only.addEventListener("change", filter);
  earlier.addEventListener("click", turn(-1));
  later.addEventListener("click", turn(1));
  const some = rows.some((row) => !row.shown); // is left out then
  only.checked = some && run.document.outcome === "violation";
  filter();
  const head = element("tr", {}, ...["Seconds", "Who", "What"].map((name, i) => element("th", { scope: "col", ...(i === 0 ? { class: "number" } : {}) }, name)));
  return element("div", { class: "event-table" },
    element("p", { class: "no-print" }, element("label", { for: "event-search" }, "Search "), search, " ", ...(some ? [element("label", {}, only, " only what it took")] : [])),
    element("table", {}, caption("Events and messages in the order in which they happened"), element("thead", {}, head), body),
    element("p", { class: "no-print" }, earlier, " ", later, " ", said));
}

function rowOf(run: Run, row: Row, show: (thing: Row) => void): HTMLElement {
  const link = element("button", { type: "button", class: "p-link", title: "Show it in the picture" }, clock(row.at));
  link.addEventListener("click", () => show(row));
  const proof = row.kind === "event" && row.proof > 0;
  const what = element("td", {}, whatOf(row));
  if (proof) what.prepend(element("span", { class: "p-number" }, String((row as RunEvent).proof)), " ");
  return element("tr", proof ? { class: "p-proves-row" } : {}, element("td", { class: "number" }, link), element("td", {}, whoOf(run, row)), what);
}
