"use strict";
const WORDS = {
  en: {
    title: "Review of benchmark items", reviewer: "Your name or initials", download: "Download",
    accept: "Accept", reject: "Reject", reason: "Reason", previous: "Previous", next: "Next",
    place: (n, all, done) => `Item ${n} of ${all}, ${done} decided`,
    keys: "Keys: a accept, r reject, u undo; n next, p previous, o next undecided",
    unsaved: "This browser keeps nothing for local files: download before you close the page.",
    whole: "All items are decided. Download the file for `rewarm bench apply`.",
  },
  zh: {
    title: "评审题目", reviewer: "您的姓名或缩写", download: "下载", accept: "接受", reject: "拒绝", reason: "原因",
    previous: "上一题", next: "下一题",
    place: (n, all, done) => `第 ${n} 题，共 ${all} 题，已评 ${done} 题`,
    keys: "按键：a 接受，r 拒绝，u 撤销；n 下一题，p 上一题，o 下一道未评的题",
    unsaved: "此浏览器不为本地文件保存内容：关闭页面前请先下载。",
    whole: "全部评完。请下载文件，供 `rewarm bench apply` 使用。",
  },
};
const data = JSON.parse(document.getElementById("data").textContent);
const language = navigator.language.startsWith("zh") ? "zh" : "en";
const words = WORDS[language];
const at = (id) => document.getElementById(id);
const store = `rewarm-bench-${data.page}`;
let state = { reviewer: "", place: 0, decisions: {}, reasons: {} };

try {
  state = { ...state, ...JSON.parse(localStorage.getItem(store) || "{}") };
} catch { /* An unreadable entry is as good as none. */ }

function save() {
  try {
    localStorage.setItem(store, JSON.stringify(state));
  } catch {
    at("note").textContent = words.unsaved;
  }
}

const current = () => data.items[state.place];

function show() {
  const item = current();
  for (const part of ["context", "question", "evidence", "origin"]) at(part).textContent = item[part];
  at("options").replaceChildren(...item.options.map((option, number) => {
    const line = document.createElement("li");
    line.textContent = option;
    line.dir = "auto";
    line.classList.toggle("gold", item.gold.includes(number));
    return line;
  }));
  const decision = state.decisions[item.id] || "";
  at("item").className = decision;
  for (const name of ["accept", "reject"]) at(name).setAttribute("aria-pressed", String(decision === name));
  at("reason").value = state.reasons[item.id] || "";
  const done = data.items.filter((one) => state.decisions[one.id]).length;
  at("place").textContent = words.place(state.place + 1, data.items.length, done);
  at("note").textContent = done === data.items.length ? words.whole : "";
}

function move(place) {
  state.place = Math.max(0, Math.min(data.items.length - 1, place));
  save();
  show();
  scrollTo(0, 0);
}

function decide(decision) {
  if (decision) state.decisions[current().id] = decision;
  else delete state.decisions[current().id];
  save();
  if (decision && state.place < data.items.length - 1) move(state.place + 1);
  else show();
}

function open() {
  const after = data.items.findIndex((item, place) => place > state.place && !state.decisions[item.id]);
  const first = data.items.findIndex((item) => !state.decisions[item.id]);
  if (after >= 0 || first >= 0) move(after >= 0 ? after : first);
}

function lines() {
  return data.items.filter((item) => state.decisions[item.id]).map((item) => `${JSON.stringify({
    page: data.page, id: item.id, decision: state.decisions[item.id], reason: state.reasons[item.id] || "",
    reviewer: state.reviewer,
  })}\n`).join("");
}

function download() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([lines()], { type: "application/jsonl" }));
  link.download = `decisions-${data.page}.jsonl`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

const KEYS = {
  a: () => decide("accept"), r: () => decide("reject"), u: () => decide(""),
  n: () => move(state.place + 1), p: () => move(state.place - 1), o: open,
};
document.addEventListener("keydown", (event) => {
  if (event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!KEYS[event.key]) return;
  KEYS[event.key]();
  event.preventDefault();
});

document.documentElement.lang = language;
document.title = words.title;
for (const [id, word] of Object.entries({
  title: "title", "reviewer-label": "reviewer", download: "download", accept: "accept", reject: "reject",
  "reason-label": "reason", previous: "previous", next: "next", keys: "keys",
})) at(id).textContent = words[word];
at("reviewer").value = state.reviewer;
at("reviewer").addEventListener("input", () => { state.reviewer = at("reviewer").value.trim(); save(); });
at("reason").addEventListener("input", () => { state.reasons[current().id] = at("reason").value.trim(); save(); });
for (const name of ["accept", "reject"]) at(name).addEventListener("click", () => decide(name));
at("previous").addEventListener("click", () => move(state.place - 1));
at("next").addEventListener("click", () => move(state.place + 1));
at("download").addEventListener("click", download);
move(state.place);
