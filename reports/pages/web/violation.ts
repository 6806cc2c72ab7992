// One run: what was violated, how it came to it, and the picture of it.
import { element, pasteLine } from "./elements";
import { LikelihoodCurve } from "./likelihood";
import { Picture } from "./picture/picture";
import { Run, RunDocument, Segment, seconds } from "./run_document";
import { caption, eventTable } from "./table";
import { themeButton } from "./theme";

export function showViolation(data: RunDocument, into: HTMLElement): void {
  const run = new Run(data);
  const picture = new Picture(run);
  const tone = data.outcome === "violation" ? "bad" : data.outcome === "kept" ? "good" : "doubtful";
  into.classList.add("run-page");
  into.append(
    element("header", { class: "run-head" }, element("h1", {}, data.title), themeButton()),
    element("p", { class: `answer verdict-${tone}` }, data.answer ?? ""),
    pasteLine(data.replay),
    element("h2", { id: "story" }, "What happened"),
    storyOf(run, picture),
    element("h2", { id: "picture" }, "The picture"),
    picture.node,
    element("h2", { id: "shrunk" }, data.outcome === "violation" ? "How small it is" : "How large it is"),
    sizeOf(data),
  );
  const curve = data.likelihood ? new LikelihoodCurve(data.likelihood, (at) => picture.showInstant(at)) : null;
  if (curve) {
    into.append(element("h2", { id: "likelihood" }, "When it became likely"), curve.node);
    picture.onAxis = (order) => curve.draw(order);
  }
  into.append(
    element("h2", { id: "promises" }, "What became of each promise"),
    verdictsOf(data),
    element("h2", { id: "scenario" }, "The scenario"),
    scenarioOf(run),
    element("h2", { id: "events" }, "Every event"),
  );
  picture.start();
  // Once that is seen: the long table is nothing that one looks at first.
  requestAnimationFrame(() =>
    setTimeout(() => {
      performance.mark("first-picture");
      into.append(eventTable(run, (thing) => picture.show(thing, true)));
      curve?.draw();
      performance.mark("page-complete");
    }, 0),
  );
}

function storyOf(run: Run, picture: Picture): HTMLElement {
  const list = element("ol", { class: "story" });
  for (const sentence of run.document.story) list.append(element("li", {}, ...sentence.map((segment) => segmentOf(run, picture, segment))));
  return list;
}

function segmentOf(run: Run, picture: Picture, segment: Segment): Node | string {
  if (typeof segment === "string") return segment;
  const { text, event, fault, lane, message, proof } = segment;
  const target = proof ?? event;
  const isProof = proof !== undefined;
  const link = element("a", { href: "#picture", ...(isProof ? { class: "p-number", "aria-label": `proof ${text}` } : {}) }, text);
  if (target !== undefined) link.dataset.event = String(target);
  link.addEventListener("click", (e) => {
    e.preventDefault();
    if (target !== undefined) return picture.show(run.events[target]);
    if (message !== undefined) return picture.show(run.messages[message]);
    const struck = run.faults.find((f) => f.index === fault);
    if (struck) picture.show(struck);
    else if (lane !== undefined) picture.showLane(lane);
  });
  return link;
}

const many = (count: number, one: string, more: string) => `${count} ${count === 1 ? one : more}`;

function sizeOf(data: RunDocument): HTMLElement {
  const clients = data.lanes.filter((l) => l.role === "client").length, servers = data.lanes.filter((l) => l.role === "server").length;
  const size = `This run ${data.outcome === "violation" ? "needs" : "has"} ${many(data.steps.length, "operation", "operations")} and ${many(data.faults.length, "fault", "faults")}, with ` +
    `${many(clients, "client", "clients")}, ${servers === 0 ? "no server" : many(servers, "server", "servers")} and ${many(data.locks.length, "lock", "locks")} on ${many(data.hosts, "host", "hosts")}.`;
  const node = element("div", {}, element("p", {}, size));
  if (data.about) node.append(element("p", { class: "run-about" }, data.about));
  if (data.source) node.append(element("p", { class: "quiet" }, `Source: ${data.source}`));
  return node;
}

function verdictsOf(data: RunDocument): HTMLElement {
  const row = (v: RunDocument["verdicts"][number]) => {
    const idle = v.outcome === "ok" && v.exercised === 0;
    const words = v.outcome === "violation" ? "BROKEN" : v.outcome === "undecided" ? "undecided" : idle ? "not exercised" : "kept";
    const tone = v.outcome === "violation" ? "bad" : v.outcome === "undecided" ? "doubtful" : idle ? "quiet" : "good";
    return element("tr", {}, element("td", { class: "run-short" }, v.title), element("td", { class: `run-short ${tone}` }, words), element("td", { class: "number" }, idle ? "" : String(v.exercised)), element("td", {}, v.sentence || v.promise));
  };
  const head = element("tr", {}, ...["Promise", "Came to", "Exercised", "What it says, or how it was broken"].map((name) => element("th", { scope: "col" }, name)));
  return element("div", { class: "run-scroll" }, element("table", { class: "run-verdicts" }, caption("What became of each promise"), element("thead", {}, head), element("tbody", {}, ...data.verdicts.map(row))));
}

function scenarioOf(run: Run): HTMLElement {
  const data = run.document;
  const planted = data.planted ? `; a planted bug of class ${data.planted}` : "";
  const rows = data.steps.map(([at, lane, what]) => element("tr", {}, element("td", { class: "number" }, seconds(at)), element("td", {}, run.lane(lane)), element("td", {}, what)));
  for (const fault of data.faults) rows.push(element("tr", {}, element("td", { class: "number" }, fault.begin === null ? "never" : seconds(run.events[fault.begin].at)), element("td", {}, "fault"), element("td", {}, fault.words)));
  const head = element("tr", {}, ...["At", "Who", "What"].map((name) => element("th", { scope: "col" }, name)));
  return element("div", {},
    element("p", {}, `${data.backend}: ${data.backend_about}${planted}. Seed ${data.seed}; every fault is over at ${seconds(data.healed)}; the run lasts ${seconds(data.until)} of virtual time; its trace is ${data.trace}.`),
    element("details", { ...(rows.length <= 30 ? { open: "" } : {}) }, element("summary", {}, `${many(data.steps.length, "operation", "operations")}, ${many(data.faults.length, "fault", "faults")}`),
      element("div", { class: "run-scroll" }, element("table", {}, caption("Operations and faults of the scenario"), element("thead", {}, head), element("tbody", {}, ...rows)))));
}
