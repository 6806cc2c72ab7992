// Light, dark, or as the reader's system has it. Not remembered: a page from a mail has no place to remember it in.
import { element } from "./elements";

const themes = ["auto", "light", "dark"] as const;

export function themeButton(): HTMLElement {
  const button = element("button", { type: "button", class: "theme no-print" });
  let now = 0;
  const set = () => {
    const theme = themes[now];
    if (theme === "auto") document.documentElement.removeAttribute("data-theme");
    else document.documentElement.setAttribute("data-theme", theme);
    button.textContent = `Theme: ${theme}`;
  };
  button.addEventListener("click", () => {
    now = (now + 1) % themes.length;
    set();
  });
  set();
  return button;
}
