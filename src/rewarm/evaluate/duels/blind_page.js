"use strict";
const WORDS = {
  en: {
    title: "Which answer is better?", rater: "Your name or initials", download: "Download", prompt: "Prompt",
    left: "Left", right: "Right", tie: "No difference", previous: "Previous", next: "Next",
    place: (n, all, done) => `Pair ${n} of ${all}, ${done} complete`,
    keys: "Keys: 1 left, 2 no difference, 3 right; n next, p previous",
    unsaved: "This browser keeps nothing for local files: download before you close the page.",
    whole: "All pairs are complete. Download the file and send it back.",
  },
  zh: {
    title: "哪个回答更好？", rater: "您的姓名或缩写", download: "下载", prompt: "提示", left: "左", right: "右",
    tie: "没有差别", previous: "上一对", next: "下一对",
    place: (n, all, done) => `第 ${n} 对，共 ${all} 对，已完成 ${done} 对`,
    keys: "按键：1 左，2 没有差别，3 右；n 下一对，p 上一对",
    unsaved: "此浏览器不为本地文件保存内容：关闭页面前请先下载。",
    whole: "全部完成。请下载文件并发回。",
  },
};
const data = JSON.parse(document.getElementById("data").textContent);
const language = navigator.language.startsWith("zh") ? "zh" : "en";
const words = WORDS[language];
const at = (id) => document.getElementById(id);
const store = `rewarm-duel-${data.page}`;
let state = { rater: "", place: 0, choices: {} };
let active = 0;

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

const dimensionsOf = (pair) => data.criteria[pair.language];
const chosen = (pair) => state.choices[pair.pair] || {};
const complete = (pair) => dimensionsOf(pair).every(([name]) => chosen(pair)[name]);
const current = () => data.pairs[state.place];

function choose(name, choice) {
  const pair = current();
  state.choices[pair.pair] = { ...chosen(pair), [name]: choice };
  save();
  progress();
}

function progress() {
  const done = data.pairs.filter(complete).length;
  at("place").textContent = words.place(state.place + 1, data.pairs.length, done);
  if (done === data.pairs.length) at("note").textContent = words.whole;
}

function activate(number) {
  const fields = [...document.querySelectorAll("fieldset")];
  active = Math.max(0, Math.min(fields.length - 1, number));
  fields.forEach((field, place) => field.classList.toggle("active", place === active));
}

function radio(name, choice, key) {
  const label = document.createElement("label");
  const input = document.createElement("input");
  input.type = "radio";
  input.name = name;
  input.value = choice;
  input.checked = chosen(current())[name] === choice;
  input.addEventListener("change", () => choose(name, choice));
  const hint = document.createElement("kbd");
  hint.textContent = key;
  label.append(input, ` ${words[choice]} `, hint);
  return label;
}

function show() {
  const pair = current();
  for (const part of ["prompt", "left", "right"]) at(part).textContent = pair[part];
  const fields = dimensionsOf(pair).map(([name, criterion], number) => {
    const field = document.createElement("fieldset");
    const legend = document.createElement("legend");
    legend.textContent = name;
    const text = document.createElement("p");
    text.className = "criterion";
    text.textContent = criterion;
    field.append(legend, text, radio(name, "left", "1"), radio(name, "tie", "2"), radio(name, "right", "3"));
    field.addEventListener("focusin", () => activate(number));
    return field;
  });
  at("choices").replaceChildren(...fields);
  const open = dimensionsOf(pair).findIndex(([name]) => !chosen(pair)[name]);
  activate(open < 0 ? 0 : open);
  progress();
}

function move(step) {
  state.place = Math.max(0, Math.min(data.pairs.length - 1, state.place + step));
  save();
  show();
  scrollTo(0, 0);
}

function lines() {
  const rows = [];
  for (const pair of data.pairs) {
    for (const [name] of dimensionsOf(pair)) {
      const choice = chosen(pair)[name];
      const row = { page: data.page, pair: pair.pair, dimension: name, choice, rater: state.rater };
      if (choice) rows.push(JSON.stringify(row));
    }
  }
  return rows.map((row) => `${row}\n`).join("");
}

function download() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([lines()], { type: "application/jsonl" }));
  link.download = `judgements-${data.page}.jsonl`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

document.addEventListener("keydown", (event) => {
  if (event.target === at("rater") || event.ctrlKey || event.metaKey || event.altKey) return;
  const choice = { 1: "left", 2: "tie", 3: "right" }[event.key];
  if (choice) {
    const field = document.querySelectorAll("fieldset")[active];
    const input = field.querySelector(`input[value=${choice}]`);
    input.checked = true;
    choose(input.name, choice);
    activate(active + 1);
  } else if (event.key === "n") move(1);
  else if (event.key === "p") move(-1);
  else return;
  event.preventDefault();
});

document.documentElement.lang = language;
document.title = words.title;
for (const [id, word] of Object.entries({
  title: "title", "rater-label": "rater", download: "download", "prompt-title": "prompt", "left-title": "left",
  "right-title": "right", previous: "previous", next: "next", keys: "keys",
})) at(id).textContent = words[word];
at("rater").value = state.rater;
at("rater").addEventListener("input", () => { state.rater = at("rater").value.trim(); save(); });
at("previous").addEventListener("click", () => move(-1));
at("next").addEventListener("click", () => move(1));
at("download").addEventListener("click", download);
state.place = Math.max(0, Math.min(data.pairs.length - 1, state.place));
save();
show();
