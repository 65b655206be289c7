// The state of the view is in the address, after #: a link or the back button restores it.

/** The present state: view, run, axis, stage, unit, smooth, from, to, hide, number, id. */
export function read() {
  return Object.fromEntries(new URLSearchParams(location.hash.replace(/^#/, "")));
}

/** The address of the present state with some values changed; null or "" removes one. */
export function link(changes, keep = true) {
  const found = new URLSearchParams(keep ? location.hash.replace(/^#/, "") : "");
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === "") found.delete(name);
    else found.set(name, value);
  }
  return `#${found}`;
}

/** Change the state. replace: without an entry in the history. */
export function go(changes, replace = false) {
  const target = link(changes);
  if (target === location.hash) return;
  if (!replace) { location.hash = target; return; }
  history.replaceState(null, "", target);
  window.dispatchEvent(new HashChangeEvent("hashchange"));
}

/** A list in the state, as of hidden channels; empty when it is missing or damaged. */
export function list(name) {
  try {
    const found = JSON.parse(read()[name] ?? "[]");
    return Array.isArray(found) ? found.map(String) : [];
  } catch {
    return [];
  }
}
