// How likely the violation was, had other noise come from some instant on: the curve, and the same as a table.
import { axisBottom, axisLeft } from "d3-axis";
import { scaleLinear } from "d3-scale";
import { select } from "d3-selection";
import { element } from "./elements";
import { Likelihood, seconds } from "./run_document";
import { caption } from "./table";

const height = 190, left = 46, top = 12, bottom = 30;

export class LikelihoodCurve {
  readonly node: HTMLElement;
  private readonly stage = element("div", { class: "l-stage" });
  private order = true;

  constructor(private readonly likelihood: Likelihood, private readonly show: (at: number) => void) {
    const rows = likelihood.points.map((p, i) => {
      const link = element("button", { type: "button", class: "p-link" }, i === 0 ? "the beginning" : seconds(p.at_ns));
      link.addEventListener("click", () => show(p.at_ns));
      return element("tr", {}, element("td", { class: "number" }, link), element("td", { class: "number" }, `${percent(p)} %`), element("td", {}, i === 0 ? "" : p.what));
    });
    const head = element("tr", {}, ...["Parted at", "Likelihood", "What happened there"].map((name) => element("th", { scope: "col" }, name)));
    this.node = element("div", {}, element("p", {}, likelihood.answer), this.stage,
      element("details", {}, element("summary", {}, "The same as a table"), element("table", {}, caption("Likelihood of the violation, by the instant from which on runs differed"), element("thead", {}, head), element("tbody", {}, ...rows))),
      element("p", { class: "quiet" }, "Of runs that were the same up to that instant, and then had other delays, losses and latencies. Steps and faults are those of the scenario."));
  }

  draw(order = this.order): void {
    this.order = order;
    const width = Math.max(280, this.stage.clientWidth || 900), points = this.likelihood.points;
    this.stage.replaceChildren();
    const svg = select(this.stage.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "svg")))
      .attr("viewBox", `0 0 ${width} ${height}`).attr("height", height).attr("class", "l-svg").attr("role", "img").attr("aria-label", this.likelihood.answer);
    const place = (i: number) => (order ? i : points[i].at_ns);
    const x = scaleLinear().domain([place(0), place(points.length - 1) || 1]).range([left, width - 34]);
    const y = scaleLinear().domain([0, 100]).range([height - bottom, top]);
    const fits = Math.max(2, Math.floor((width - left) / 110));
    const ticks = order ? points.map((_, i) => i).filter((i) => i % Math.ceil(points.length / fits) === 0) : x.ticks(fits);
    svg.append("g").attr("class", "p-axis").attr("transform", `translate(0,${height - bottom})`)
      .call(axisBottom(x).tickValues(ticks).tickFormat((v) => (order ? points[v].at_ns / 1e9 : v / 1e9).toFixed(order ? 6 : 3)).tickSizeOuter(0));
    svg.append("g").attr("class", "p-axis").attr("transform", `translate(${left},0)`).call(axisLeft(y).tickValues([0, 50, 100]).tickFormat((v) => `${v} %`).tickSizeOuter(0));
    const line = points.map((p, i) => `${i === 0 ? "M" : "L"}${x(place(i)).toFixed(1)},${y(percent(p)).toFixed(1)}`).join("");
    svg.append("path").attr("class", "l-area").attr("d", `${line}L${x(place(points.length - 1))},${y(0)}L${x(place(0))},${y(0)}Z`);
    svg.append("path").attr("class", "l-line").attr("d", line);
    const from = this.likelihood.inevitable_from_ns;
    points.forEach((p, i) => {
      const dot = svg.append("circle").attr("class", from !== null && p.at_ns >= from ? "l-dot l-sure" : "l-dot").attr("cx", x(place(i))).attr("cy", y(percent(p))).attr("r", 4);
      dot.append("title").text(`${i === 0 ? "the beginning" : seconds(p.at_ns)}: ${percent(p)} % of ${p.runs} runs. ${i === 0 ? "" : p.what}`);
      dot.on("click", () => this.show(p.at_ns));
    });
  }
}

function percent(p: { runs: number; violations: number }): number {
  return p.runs === 0 ? 0 : Math.round((100 * p.violations) / p.runs);
}
