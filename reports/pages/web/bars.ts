// Small pictures of numbers that stand beside them as text. Drawn, not coloured in: paper shows them too.
import { element } from "./elements";
import { Tone, grouped, rate, roughTime } from "./words";

type SvgContents = (Node | string)[];

export function svg(name: string, attributes: Record<string, string | number> = {}, ...contents: SvgContents): SVGElement {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.append(...contents);
  return made;
}

// A share of 1, as a bar. What it says is said in words beside it.
export function bar(share: number, tone: Tone | "plain" = "plain"): SVGElement {
  const width = share > 0 ? Math.max(1, 100 * Math.min(1, share)) : 0;
  return svg(
    "svg",
    { class: `bar ${tone}`, viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { class: "track", width: 100, height: 8 }),
    svg("rect", { class: "fill", width: width.toFixed(2), height: 8 }),
  );
}

export interface Measure {
  name: string;
  value: number;
  title?: string;
}

// Names, bars and numbers, as a list.
export function measures(label: string, all: Measure[]): HTMLElement {
  const most = Math.max(1, ...all.map((m) => m.value));
  const items = all.map((m) =>
    element(
      "li",
      {},
      element("span", { class: "name", ...(m.title ? { title: m.title } : {}) }, m.name),
      bar(m.value / most),
      element("span", { class: "value" }, grouped(m.value)),
    ),
  );
  return element("ul", { class: "measures", "aria-label": label }, ...items);
}

const width = 560;
const height = 130;
const edge = { left: 8, right: 8, top: 22, bottom: 22 };

export interface Point {
  at: number; // seconds
  value: number;
}

interface Chart {
  title: string;
  summary: string; // for who does not see it
  until: number; // seconds
  line: Point[];
  steps?: boolean;
  marks: Point[]; // what went wrong: `value` of them
}

// One line over real time, with marks below it. The highest value is written at its height.
export function overTime(chart: Chart): HTMLElement {
  const most = Math.max(...chart.line.map((p) => p.value), 1e-9);
  const x = (at: number) => edge.left + ((width - edge.left - edge.right) * at) / Math.max(chart.until, 1e-9);
  const y = (value: number) => height - edge.bottom - ((height - edge.top - edge.bottom) * value) / most;
  const ground = y(0);
  let path = `M${x(0)},${ground}`;
  for (const p of chart.line) path += chart.steps ? `V${y(p.value).toFixed(1)}H${x(p.at).toFixed(1)}` : `L${x(p.at).toFixed(1)},${y(p.value).toFixed(1)}`;
  const area = `${path}L${x(chart.line.length ? chart.line[chart.line.length - 1].at : 0).toFixed(1)},${ground}Z`;
  const marks = chart.marks.map((m) =>
    svg("path", { class: "mark", d: `M${x(m.at).toFixed(1)},${ground - 9}l5,9h-10z` }, svg("title", {}, `${grouped(m.value)} at ${roughTime(m.at)}`)),
  );
  const drawn = svg(
    "svg",
    { class: "over-time", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${chart.title}. ${chart.summary}` },
    svg("path", { class: "area", d: area }),
    svg("path", { class: "line", d: path }),
    svg("path", { class: "axis", d: `M${x(0)},${ground}H${x(chart.until)}M${x(0)},${y(most)}h${width - edge.left - edge.right}` }),
    ...marks,
    svg("text", { x: x(0), y: y(most) - 5 }, chart.steps ? rate(most) : grouped(most)),
    svg("text", { x: x(0), y: height - 6 }, "0 s"),
    svg("text", { x: x(chart.until), y: height - 6, "text-anchor": "end" }, roughTime(chart.until)),
  );
  return element("figure", { class: "small" }, element("figcaption", {}, chart.title), drawn);
}
