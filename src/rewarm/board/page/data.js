// Asks the board for values. An answer has a tag; with the same tag the board says that nothing changed.

const tags = new WeakMap();

/** Query of a request from the state: only what is set. */
export function query(values) {
  const found = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    for (const one of Array.isArray(value) ? value : [value])
      if (one !== null && one !== undefined && one !== "") found.append(name, one);
  }
  return found.toString();
}

/** The values at a path under api/, or null when they are as they were for `owner`. Throws Error. */
export async function get(owner, path, values = {}) {
  const url = `api/${path}?${query(values)}`;
  const headers = tags.get(owner)?.url === url ? { "If-None-Match": tags.get(owner).tag } : {};
  const answer = await fetch(url, { headers, cache: "no-store", credentials: "same-origin" });
  if (answer.status === 304) return null;
  if (!answer.ok) {
    const text = await answer.text();
    let said = text;
    try { said = JSON.parse(text).error ?? text; } catch { /* plain text */ }
    throw new Error(said || `HTTP ${answer.status}`);
  }
  const found = await answer.json();
  tags.set(owner, { url, tag: answer.headers.get("ETag") ?? "" });
  return found;
}
