// Tables that a keyboard and a screen reader can sort: a button in each head that says so by aria-sort.
import { element } from "./elements";

export interface Column<Row> {
  name: string;
  cell: (row: Row) => Node | string;
  by?: (row: Row) => number | string; // sortable by that
  number?: boolean;
  head?: boolean; // it names the row
  class?: string;
}

function compare(a: number | string, b: number | string): number {
  return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
}

// A region of its own, since it may be wider than the screen and then is scrolled, also by keys.
export function scrolled(name: string, inside: HTMLElement): HTMLElement {
  return element("div", { class: "scroll", role: "region", "aria-label": name, tabindex: "0" }, inside);
}

export function table<Row>(caption: string, columns: Column<Row>[], rows: Row[], attributes: (row: Row) => Record<string, string> = () => ({})): HTMLElement {
  const body = element("tbody");
  const kind = (c: Column<Row>) => [c.number ? "number" : "", c.class ?? ""].join(" ").trim();
  const made = rows.map((row) => {
    const cells = columns.map((c) =>
      c.head
        ? element("th", { scope: "row", class: kind(c) }, c.cell(row))
        : element("td", { class: kind(c) }, c.cell(row)),
    );
    return { row, shown: element("tr", attributes(row), ...cells) };
  });
  const heads = columns.map((c) => element("th", { scope: "col", class: kind(c) }, c.name));
  const sort = (at: number) => {
    const by = columns[at].by!;
    const was = heads[at].getAttribute("aria-sort");
    const down = was === null ? Boolean(columns[at].number) : was === "ascending"; // of numbers the large ones first
    heads.forEach((head) => head.removeAttribute("aria-sort"));
    heads[at].setAttribute("aria-sort", down ? "descending" : "ascending");
    const sorted = [...made].sort((a, b) => (down ? -1 : 1) * compare(by(a.row), by(b.row)));
    body.append(...sorted.map((m) => m.shown));
  };
  columns.forEach((c, at) => {
    if (!c.by || rows.length < 2) return;
    const button = element("button", { type: "button", class: "sort" }, c.name);
    button.addEventListener("click", () => sort(at));
    heads[at].replaceChildren(button);
  });
  body.append(...made.map((m) => m.shown));
  return scrolled(caption, element("table", {}, element("caption", {}, caption), element("thead", {}, element("tr", {}, ...heads)), body));
}
