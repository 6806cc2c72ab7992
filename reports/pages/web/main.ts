// Reads the document out of the page and shows it. Each kind of page is a module.
import { PageDocument } from "./documents";
import { element } from "./elements";
import { showLog } from "./log";
import { showViolation } from "./violation";

const pages: Record<string, (document: any, into: HTMLElement) => void> = {
  log: showLog,
  violation: showViolation,
};

function show(): void {
  const into = document.getElementById("page")!;
  const data: PageDocument = JSON.parse(document.getElementById("document")!.textContent!);
  const page = pages[data.kind];
  into.replaceChildren();
  if (page) page(data, into);
  else into.append(element("p", {}, `This page cannot show a document of the kind "${data.kind}".`));
}

show();
