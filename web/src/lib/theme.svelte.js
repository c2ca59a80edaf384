// Day or night: the system's, unless it was chosen here (public/theme.js sets it before the first paint).
const kOrder = ["system", "light", "dark"];

class Theme {
  chosen = $state(document.documentElement.dataset.theme ?? "system");
  /** Grows whenever colours change: who draws by hand draws again. */
  drawn = $state(0);

  constructor() {
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.drawn++);
  }

  next() {
    this.chosen = kOrder[(kOrder.indexOf(this.chosen) + 1) % kOrder.length];
    const root = document.documentElement;
    if (this.chosen === "system") delete root.dataset.theme;
    else root.dataset.theme = this.chosen;
    try {
      if (this.chosen === "system") localStorage.removeItem("theme");
      else localStorage.setItem("theme", this.chosen);
    } catch {
      // It holds until the page is left.
    }
    this.drawn++;
  }
}

export const theme = new Theme();

/** The colour that a token stands for now, as canvases take it. */
export function colour(token) {
  const probe = document.createElement("span");
  probe.style.color = `var(--${token})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}
