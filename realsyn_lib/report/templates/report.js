"use strict";
// Filters and order of a list of the page. Without this script the lists stand whole.

for (const form of document.querySelectorAll("form.filters")) {
  const list = document.getElementById(form.dataset.list);
  const items = [...list.children];
  const words = new Map(items.map((item) => [item, wordsOf(item)]));
  const apply = () => show(form, list, items, words);
  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("reset", () => setTimeout(apply));
  form.addEventListener("submit", (event) => event.preventDefault());
  apply();
}

function wordsOf(item) {
  const pictures = [...item.querySelectorAll("img")].map((image) => image.alt);
  return [item.textContent, ...pictures].join(" ").toLowerCase();
}

function show(form, list, items, words) {
  const asked = Object.fromEntries(new FormData(form));
  const wanted = (asked.words || "").toLowerCase().split(/\s+/);
  let shown = 0;
  for (const item of items) {
    item.hidden = !(fits(item, asked) && wanted.every((word) => words.get(item).includes(word)));
    shown += item.hidden ? 0 : 1;
  }
  list.append(...inOrder(items, Number(asked.order || 0)));
  form.querySelector("output").value = `${shown} of ${items.length} shown`;
}

function fits(item, asked) {
  const { tier, origin, rule, cosine } = item.dataset;
  return (
    holds(tier, asked.tier) && holds(rule, asked.rule) &&
    (!asked.origin || origin === asked.origin) &&
    (!asked.least || Number(cosine) >= Number(asked.least)) &&
    (!asked.most || Number(cosine) <= Number(asked.most))
  );
}

function holds(values, wanted) {
  return !wanted || JSON.parse(values).includes(wanted);
}

// Items without a cosine come last, whichever way the others are ordered.
function inOrder(items, sign) {
  if (!sign) return items;
  const place = (item) => ("cosine" in item.dataset ? sign * Number(item.dataset.cosine) : Infinity);
  return [...items].sort((one, other) => place(one) - place(other) || 0);
}
