// One run: what was violated, how it came to it, and the picture of it.
import { PageDocument } from "./documents";
import { element, pasteLine } from "./elements";

interface RunDocument extends PageDocument {
  replay: string;
}

export function showViolation(run: RunDocument, into: HTMLElement): void {
  into.append(element("h1", {}, run.title), element("p", { class: "answer" }, run.answer ?? ""), pasteLine(run.replay));
}
