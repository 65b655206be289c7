// An incident: what was seen, what was done, which documents.

import { get } from "./data.js";
import { bdi, el, table } from "./elements.js";
import { count, plain } from "./figures.js";
import { link, read } from "./state.js";
import { t } from "./words.js";

export function open(root) {
  const host = el("div", {});
  root.append(el("h1", {}, t("incident"), " · ", bdi(read().run)), host);
  const owner = {};

  return {
    async refresh() {
      const { run, number } = read();
      const found = await get(owner, "incident", { run, number });
      if (!found) return false;
      const alarms = found.alarms.map((one) => [one.kind.replaceAll("_", " "), one.direction, plain(one.value), plain(one.expected), plain(one.limit)]);
      const documents = found.documents.map((one) => [
        el("a", { class: "document", href: link({ view: "document", id: one.id }) }, bdi(one.id)),
        one.source, one.origin, plain(one.nats_per_token), one.excerpt]);
      host.replaceChildren(
        el("p", { class: "lead" }, bdi(found.says)),
        alarms.length ? table(t("alarmsCaption"), [["alarm"], ["direction", "word"], ["value"], ["expected"], ["limit"]], alarms) : "",
        el("h2", {}, `${t("incidentDocuments")} (${count(documents.length)})`),
        documents.length ? table(t("incidentDocuments"), [["id"], ["source", "word"], ["origin", "word"], ["lossHere"], ["excerpt", "word"]], documents)
          : el("p", { class: "missing" }, t("noDocuments")),
        el("p", {}, el("a", { href: link({ view: "loss", number: null, id: null }) }, t("back"))));
      return true;
    },
    close() {},
  };
}
