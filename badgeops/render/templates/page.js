"use strict";
// Filters what the page shows. Without it, everything is shown and the filter is not.
(() => {
  const form = document.getElementById("filter");
  if (!form) return;
  const count = document.getElementById("count");
  const unfold = document.getElementById("unfold");
  const items = [...document.querySelectorAll("[data-item]")];
  const groups = [...document.querySelectorAll("[data-group]")];
  const texts = new Map();
  const all = count.textContent;
  let shown = items;

  const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

  const textOf = (item) => {
    if (!texts.has(item)) texts.set(item, folded(item.textContent));
    return texts.get(item);
  };

  const apply = () => {
    const data = new FormData(form);
    const words = folded(data.get("text") || "").split(/\s+/).filter(Boolean);
    const issuer = data.get("issuer");
    const action = data.get("action");
    shown = items.filter((item) =>
      (!issuer || item.dataset.issuer === issuer) &&
      (!action || item.dataset.action === action) &&
      words.every((word) => textOf(item).includes(word)));
    const visible = new Set(shown);
    for (const item of items) item.hidden = !visible.has(item);
    const isAll = shown.length === items.length;
    const owners = new Set(shown.map((item) => item.dataset.issuer));
    for (const group of groups) group.hidden = !isAll && !owners.has(group.dataset.group);
    const { total, noun } = count.dataset;
    count.textContent = isAll ? all : `${shown.length} of ${total} ${noun}`;
    unfold.disabled = shown.length === 0;
  };

  const arrive = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (target.closest("[hidden]")) {
      form.reset();
      apply();
    }
    target.scrollIntoView();
    target.focus({ preventScroll: true });
  };

  let timer = 0;
  form.addEventListener("input", (event) => {
    clearTimeout(timer);
    timer = setTimeout(apply, event.target.type === "search" ? 120 : 0);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    apply();
  });
  unfold.addEventListener("click", () => {
    const open = unfold.getAttribute("aria-expanded") !== "true";
    for (const item of shown) for (const part of item.querySelectorAll("details")) part.open = open;
    unfold.setAttribute("aria-expanded", String(open));
    unfold.textContent = open ? "Close all details" : "Open all details";
  });
  window.addEventListener("hashchange", arrive);
  form.hidden = false;
  apply(); // what a browser has kept in the fields of a page that was reloaded
  if (location.hash) arrive();
})();
