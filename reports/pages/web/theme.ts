// Light, dark, or as the reader's system has it: remembered where a file or an attachment may remember anything.
import { element } from "./elements";

const themes = ["auto", "light", "dark"];

function remembered(): string {
  try {
    return localStorage.getItem("lockstep-theme") ?? "auto";
  } catch {
    return "auto";
  }
}

function wear(theme: string, button: HTMLElement): void {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  button.textContent = `Theme: ${theme}`;
  try {
    localStorage.setItem("lockstep-theme", theme);
  } catch {
    // then the next page asks anew
  }
}

export function themeButton(): HTMLElement {
  const button = element("button", { type: "button", class: "theme no-print" });
  let at = Math.max(0, themes.indexOf(remembered()));
  wear(themes[at], button);
  button.addEventListener("click", () => wear(themes[(at = (at + 1) % themes.length)], button));
  return button;
}
