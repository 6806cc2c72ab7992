// Elements by name, attributes and contents. Text is always text: there is no way in here to have it read as markup.

type Contents = (Node | string)[];

export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Record<string, string> = {},
  ...contents: Contents
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...contents);
  return made;
}

// A line to paste, with a button that copies it.
export function pasteLine(line: string): HTMLElement {
  const code = element("code", {}, line);
  const button = element("button", { type: "button" }, "Copy");
  button.addEventListener("click", () => {
    const selection = window.getSelection()!;
    selection.selectAllChildren(code); // also where the clipboard is refused: the reader can copy what is marked
    const copied = navigator.clipboard ? navigator.clipboard.writeText(line) : Promise.reject();
    copied.then(
      () => (button.textContent = "Copied"),
      () => (button.textContent = document.execCommand("copy") ? "Copied" : "Marked"),
    );
  });
  return element("p", { class: "paste" }, code, " ", button);
}
