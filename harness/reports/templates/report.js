"use strict";
const cases = [...document.querySelectorAll("details.case")];
const unpack = (box) => {
  const template = box.querySelector(":scope > template");
  if (template) template.replaceWith(template.content);
};
for (const box of cases) box.addEventListener("toggle", () => { if (box.open) unpack(box); });

const follow = () => {
  const id = decodeURIComponent(location.hash.slice(1));
  const target = id && document.getElementById(id);
  if (!target) return;
  for (let box = target.closest("details"); box; box = box.parentElement.closest("details")) {
    if (box.classList.contains("case")) { box.hidden = false; unpack(box); }
    box.open = true;
  }
  target.scrollIntoView({ block: target.matches("tr") ? "center" : "start" });
  const summary = target.querySelector(":scope > summary");
  if (summary) summary.focus({ preventScroll: true });
};
addEventListener("hashchange", follow);
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  if (link && link.hash === location.hash) { event.preventDefault(); follow(); }
});

const tools = document.getElementById("tools");
const find = document.getElementById("find");
const found = document.getElementById("found");
const narrow = () => {
  const wanted = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  const outcomes = new Set([...tools.querySelectorAll("[name=outcome]:checked")].map((box) => box.value));
  let shown = 0;
  for (const box of cases) {
    const title = box.querySelector(".title").textContent.toLowerCase();
    box.hidden = !(outcomes.has(box.dataset.outcome) && wanted.every((word) => title.includes(word)));
    shown += !box.hidden;
  }
  found.textContent = shown === cases.length ? "" : `${shown} of ${cases.length} shown`;
};
tools.addEventListener("input", narrow);
tools.addEventListener("submit", (event) => event.preventDefault());
tools.addEventListener("click", (event) => {
  const all = event.target.dataset.all;
  if (all === undefined) return;
  for (const box of cases) if (!box.hidden) box.open = Boolean(all);
});

document.addEventListener("change", (event) => {
  const sources = event.target.closest(".sources");
  if (!sources) return;
  const boxes = [...sources.querySelectorAll("input")];
  const hidden = new Set(boxes.filter((box) => box.checked === (box.value === "info")).map((box) => box.value));
  const table = sources.parentElement.querySelector(".tl");
  table.dataset.hide = [...hidden].join(" ");
  for (const row of table.querySelectorAll("tr.fold")) row.hidden = row.dataset.s.split(" ").every((source) => hidden.has(source));
});
follow();
