// Narrows the list of care teams while somebody types. Without this file the Find button does the same.
(function () {
  "use strict";

  const PAUSE_MS = 700;
  const words = window.portalWords.teams;
  const box = document.querySelector("[data-filter=teams]");
  const list = document.querySelector("[data-filtered=teams]");
  if (!box || !list) return;
  const items = Array.from(list.querySelectorAll("[data-filter-item]"));
  const count = document.querySelector("[data-filter-count]");
  const none = document.querySelector("[data-filter-none]");
  const total = items.length;
  let pause = 0;

  // As the server does: without case and accents, all words somewhere.
  function folded(text) {
    return text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
  }

  // The heading of a group is a health care system's name, which the server looks through as well.
  function textOf(item) {
    const heading = item.closest("[data-filter-group]").querySelector("h2");
    return folded(item.textContent + " " + (heading ? heading.textContent : ""));
  }

  function narrow() {
    const wanted = folded(box.value).split(/\s+/).filter(Boolean);
    let found = 0;
    items.forEach(function (item) {
      const fits = wanted.every(function (word) { return textOf(item).includes(word); });
      // A chosen team stays in sight, or Continue would take one that nobody sees.
      item.hidden = !fits && !item.querySelector("input").checked;
      if (fits) found += 1;
    });
    list.querySelectorAll("[data-filter-group]").forEach(function (group) {
      group.hidden = !group.querySelector("[data-filter-item]:not([hidden])");
    });
    none.hidden = found > 0;
    window.clearTimeout(pause);
    pause = window.setTimeout(function () {
      const text = found === 1 ? words.found_one : words.found_other;
      count.textContent = wanted.length ? window.portalFill(text, { found: found, total: total }) : "";
    }, PAUSE_MS);
  }

  // What the server left out cannot be brought back here: then its own button searches.
  if (!box.value) box.addEventListener("input", narrow);
})();
