// The history of a document: origin, decisions of the steps, updates that trained on it, text.

import { get } from "./data.js";
import { bdi, el, table } from "./elements.js";
import { count, plain } from "./figures.js";
import { link, read } from "./state.js";
import { t } from "./words.js";

export function open(root) {
  const host = el("div", {});
  root.append(el("h1", {}, t("document"), " ", el("code", {}, bdi(read().id))), host);
  const owner = {};

  return {
    async refresh() {
      const { run, id, number } = read();
      const found = await get(owner, "document", { run, id });
      if (!found) return false;
      const labels = Object.entries(found.labels).map(([axis, value]) => `${axis}: ${value}`).join(", ");
      const facts = { source: found.source, origin: found.origin, labels, heldout: found.heldout === null ? null : t(found.heldout ? "yes" : "no"),
        date: found.date, licenceOf: found.licence, rights: found.rights };
      const decisions = found.verdicts.map((one) => [one.step, one.verdict, one.reason, plain(one.score), plain(one.threshold), one.match]);
      const uses = found.trained.map((one) => [
        el("a", { href: link({ view: "loss", from: Math.max(0, one.update - 50), to: one.update + 50, id: null, number: null }) }, count(one.update)),
        one.stage, one.block, count(one.sequence), count(one.tokens)]);
      host.replaceChildren(
        el("dl", { class: "now" }, ...Object.entries(facts).filter(([, value]) => value).map(([key, value]) =>
          el("div", {}, el("dt", {}, t(key)), el("dd", {}, bdi(value))))),
        el("h2", {}, t("decisions")),
        decisions.length ? table(t("decisionsCaption"), [["step"], ["verdict", "word"], ["reason", "word"], ["score"], ["threshold"], ["match", "word"]], decisions)
          : el("p", { class: "missing" }, t("noDecisions")),
        el("h2", {}, `${t("uses")} (${count(found.uses)})`),
        uses.length ? table(t("usesCaption"), [["update"], ["stage", "word"], ["file", "word"], ["sequence"], ["tokens"]], uses)
          : el("p", { class: "missing" }, t("never")),
        el("h2", {}, t("text")), el("blockquote", { dir: "auto", tabindex: 0 }, bdi(found.text)),
        found.cut ? el("p", { class: "note" }, t("cut")) : "",
        el("p", {}, number ? el("a", { href: link({ view: "incident", id: null }) }, t("backToIncident"))
          : el("a", { href: link({ view: "loss", id: null }) }, t("back"))));
      return true;
    },
    close() {},
  };
}
