// Reads the document out of the page and shows it. Each kind of page is a module.
import { showCampaign } from "./campaign";
import { PageDocument } from "./documents";
import { element } from "./elements";
import { showEnvelope } from "./envelope";
import { showEnvelopes } from "./envelopes";
import { showValidation } from "./validation";
import { showLog } from "./log";
import { showViolation } from "./violation";
import { showZoo } from "./zoo";

const pages: Record<string, (document: any, into: HTMLElement) => void> = {
  campaign: showCampaign,
  envelope: showEnvelope,
  envelopes: showEnvelopes,
  log: showLog,
  validation: showValidation,
  violation: showViolation,
  zoo: showZoo,
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
