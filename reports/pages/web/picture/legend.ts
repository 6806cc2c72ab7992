// What the signs of the picture mean: only those that are there.
import { element } from "../elements";
import { Run } from "../run_document";
import { shapeOf, shapes } from "./draw";

const svgNames = "http://www.w3.org/2000/svg";

function drawn(name: string, attributes: Record<string, string>): SVGElement {
  const made = document.createElementNS(svgNames, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

// The tips of arrows, the cross of what was lost, and hatching, which patterns tell where colours are not seen.
export function definitions(svg: D3Selection): void {
  const defs = svg.append("defs");
  const marker = (id: string, path: string, x: number) =>
    defs.append("marker").attr("id", id).attr("viewBox", "-6 -6 12 12").attr("refX", x).attr("markerWidth", 9).attr("markerHeight", 9)
      .attr("markerUnits", "userSpaceOnUse").attr("orient", "auto").append("path").attr("d", path).attr("class", `${id}-shape`);
  marker("p-tip", "M-6,-4.5L6,0L-6,4.5Z", 5);
  marker("p-cross", "M-4,-4L4,4M-4,4L4,-4", 0);
  const hatch = (id: string, size: number) => {
    const pattern = defs.append("pattern").attr("id", id).attr("width", size).attr("height", size).attr("patternUnits", "userSpaceOnUse").attr("patternTransform", "rotate(45)");
    pattern.append("rect").attr("width", size).attr("height", size).attr("class", `${id}-ground`);
    pattern.append("line").attr("x1", 0).attr("x2", 0).attr("y1", 0).attr("y2", size).attr("class", `${id}-line`);
  };
  hatch("p-hatch-store", 5);
  hatch("p-hatch-fault", 9);
}

const words: Record<string, string> = {
  client: "a client asks or is told",
  store: "a store decides",
  resource: "the resource decides about a write",
  loss: "a lease or a belief is over",
  dies: "a process dies",
  starts: "a process starts",
};

export function legendOf(run: Run, all: boolean): Node {
  const list = element("ul", { class: "p-legend-list" });
  const add = (sign: SVGElement[], text: string, width = 26) => {
    const svg = drawn("svg", { width: String(width), height: "14", viewBox: `0 0 ${width} 14`, "aria-hidden": "true" });
    svg.append(...sign);
    const item = element("li", {}, text);
    item.prepend(svg);
    list.append(item);
  };
  const bar = (what: string, text: string, y: number, height: number) => {
    if (run.bars.some((b) => b.what === what)) add([drawn("rect", { class: `p-bar p-${what}`, x: "1", y: String(y), width: "24", height: String(height) })], text);
  };
  bar("store", "lease: what the store says", 3, 8);
  bar("belief", "what the client believes", 3, 8);
  bar("critical", "what its program does: the critical section", 4, 5);
  bar("possible", "it possibly holds the lock", 2, 10);
  bar("certain", "it certainly holds the lock", 4, 6);
  const seen = new Set(run.events.filter((e) => e.lane >= 0 && !e.silent && (all || e.shown || e.proof)).map((e) => shapeOf(e.type)));
  for (const shape of Object.keys(words))
    if (seen.has(shape)) add([drawn("path", { class: `p-mark p-is-${shape}`, d: shapes[shape], transform: "translate(8,7)" })], words[shape], 16);
  const messages = run.messages.filter((m) => all || m.shown);
  const arrow = (fate: string, text: string, tip: string) =>
    add([drawn("line", { class: `p-arrow p-${fate}`, x1: "1", x2: "20", y1: "7", y2: "7", "marker-end": tip })], text);
  if (messages.some((m) => m.arrived >= 0)) arrow("whole", "a message", "url(#p-tip)");
  if (messages.some((m) => m.late && m.arrived >= 0)) arrow("whole p-late", "one that was late", "url(#p-tip)");
  if (messages.some((m) => m.lost)) arrow("lost", "one that was lost", "url(#p-cross)");
  if (messages.some((m) => m.arrived < 0 && !m.lost)) arrow("open", "one that had not arrived when the run was over", "");
  if (messages.some((m) => m.again >= 0)) arrow("again", "the second copy of one", "url(#p-tip)");
  if (run.faults.length > 0)
    add([drawn("rect", { class: "p-fault", x: "1", y: "1", width: "24", height: "12" })], run.faults[0].what === "wrong" ? "where it is wrong" : "a fault, and whom it strikes");
  if (run.events.some((e) => e.type === "healed" && !e.proof))
    add([drawn("line", { class: "p-healed", x1: "8", x2: "8", y1: "0", y2: "14" })], "from here on nothing goes wrong any more", 16);
  if (run.document.evidence.length > 0) add([drawn("rect", { class: "p-frame", x: "1", y: "1", width: "20", height: "12", rx: "3" })], "what proves the violation");
  return list;
}
