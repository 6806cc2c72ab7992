// The judgement on a log: what is wrong, and the time around it.
import { element, pasteLine } from "./elements";
import { Picture } from "./picture/picture";
import { Run, RunDocument } from "./run_document";
import { eventTable } from "./table";
import { themeButton } from "./theme";

interface LogDocument extends RunDocument {
  report: string; // what the program says in text
  picture: boolean; // false: the log is right, or cannot be judged
  why: string;
  began: string; // the instant of the log that is zero here, in nanoseconds
  left_out: number; // operations of the lock that are not on the page
}

export function showLog(log: LogDocument, into: HTMLElement): void {
  const tone = log.outcome === "violation" ? "bad" : log.outcome === "kept" ? "good" : "doubtful";
  into.append(
    element("header", { class: "run-head" }, element("h1", {}, log.title), themeButton()),
    element("p", { class: `answer verdict-${tone}` }, log.answer ?? ""),
    pasteLine(log.replay),
  );
  if (log.picture) showPicture(log, into);
  into.append(element("h2", { id: "report" }, "All that was found"), element("pre", { class: "log-report" }, log.report));
}

function showPicture(log: LogDocument, into: HTMLElement): void {
  const run = new Run(log);
  const picture = new Picture(run);
  const left = log.left_out > 0 ? ` Of this lock's operations those nearest to the proof are shown; ${log.left_out} are not.` : "";
  const table = element("div");
  into.append(
    element("h2", { id: "why" }, log.locks[0] === "the lock" ? "The lock" : `Lock ${log.locks[0]}`), element("p", {}, `${log.why}.${left}`),
    element("h2", { id: "picture" }, "The picture"), picture.node,
    ...(log.began === "0" ? [] : [element("p", { class: "quiet" }, `Instants in the picture and the table count from ${log.began} ns of the log.`)]),
    element("h2", { id: "events" }, "What was asked and answered"), table,
  );
  picture.start();
  requestAnimationFrame(() => setTimeout(() => {
    performance.mark("first-picture");
    table.append(eventTable(run, (thing) => picture.show(thing, true)));
    performance.mark("page-complete");
  }, 0));
}
