// Where the reader is: "#/flows?filter=port+443". In the fragment, so that any server of files will do.
// Whoever types an address may leave a lone "%" in it.
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function parse(hash) {
  const [path, query = ""] = hash.replace(/^#(setup=.*|\/)?/, "").split("?");
  const [view = "", ...rest] = path.split("/").map(decoded);
  return { view: view || "now", rest, query: Object.fromEntries(new URLSearchParams(query)) };
}

// "#setup=TOKEN" is the first start's (views/Setup.svelte), and names no view.
class Route {
  at = $state.raw(parse(location.hash));

  constructor() {
    addEventListener("hashchange", () => (this.at = parse(location.hash)));
  }

  /** Changes the query of the view that is open, without a new place in the history. */
  replace(query) {
    const hash = link(this.at.view, this.at.rest, query);
    history.replaceState(null, "", hash);
    this.at = parse(hash);
  }
}

/** Members of `query` that are undefined or "" are left out. */
export function link(view, rest = [], query = {}) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== "") parameters.set(name, String(value));
  const path = [view, ...rest].map(encodeURIComponent).join("/");
  return `#/${path}${parameters.size ? `?${parameters}` : ""}`;
}

export const route = new Route();
