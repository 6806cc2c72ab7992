// What all reports have around them: a way past the head for the keyboard, a button for the theme, the answer first,
// and a list of what follows.
import { element } from "./elements";
import { themeButton } from "./theme";
import { Tone } from "./words";

export interface Section {
  id: string;
  name: string;
  contents: (Node | string)[];
}

// `facts`: short remarks in one line under the answer. Sections without contents are left out.
export function report(
  into: HTMLElement,
  head: { title: string; answer: string; tone: Tone; word: string; facts: string[]; notice?: string },
  sections: Section[],
): void {
  const shown = sections.filter((s) => s.contents.length > 0);
  const skip = element("a", { class: "skip", href: "#contents" }, "Skip to the report");
  const made: Node[] = [
    skip,
    element(
      "header",
      { class: "head" },
      element("div", { class: "bar" }, element("span", { class: "maker" }, "Lockstep"), themeButton()),
      element("h1", {}, head.title),
      element(
        "p",
        { class: `answer ${head.tone}` },
        element("strong", { class: "word" }, head.word),
        " ",
        element("span", {}, head.answer),
      ),
    ),
  ];
  if (head.notice) made.push(element("p", { class: "notice doubtful", role: "note" }, head.notice));
  if (head.facts.length > 0)
    made.push(element("ul", { class: "facts" }, ...head.facts.map((fact) => element("li", {}, fact))));
  if (shown.length > 2) {
    const links = shown.map((s) => element("li", {}, element("a", { href: `#${s.id}` }, s.name)));
    made.push(element("nav", { class: "on-page no-print", "aria-label": "On this page" }, element("ul", {}, ...links)));
  }
  const body = element("div", { id: "contents", tabindex: "-1" });
  for (const s of shown) {
    body.append(
      element("section", { id: s.id, "aria-labelledby": `${s.id}-name` }, element("h2", { id: `${s.id}-name` }, s.name), ...s.contents),
    );
  }
  into.append(...made, body);
  // Nobody can open anything on paper.
  window.addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((d) => (d.open = true)));
}
