// Where the reader is: "#/flows?filter=port+443". In the fragment, so that any server of files will do.
function parse(hash) {
  const [path, query = ""] = hash.replace(/^#\/?/, "").split("?");
  const [view = "", ...rest] = path.split("/").map(decodeURIComponent);
  return { view: view || "now", rest, query: Object.fromEntries(new URLSearchParams(query)) };
}

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
