// Single keys that do something, as the page's own list of them says (templates/messaging/inbox/keys.html). They are off inside
// fields, beside Ctrl, Alt and the like, while a dialog is open, and for whoever has turned them off (WCAG 2.1.4).
(function () {
  "use strict";

  const dialog = document.querySelector("dialog[data-keys]");
  if (!dialog || !dialog.showModal) return;

  const rows = new Map(
    Array.from(dialog.querySelectorAll("[data-key]"), function (row) {
      return [row.dataset.key, row.dataset];
    }),
  );

  function inField(element) {
    return Boolean(
      element.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]"),
    );
  }

  function focus(element) {
    const folded = element.closest("details:not([open])");
    if (folded) folded.open = true;
    if (element.tabIndex < 0) element.tabIndex = -1;
    element.focus();
    element.scrollIntoView({ block: "nearest" });
  }

  // From the row that has focus, or whose box has it, to the one beside it; from elsewhere to the first.
  function step(selector, by) {
    const items = Array.from(document.querySelectorAll(selector));
    const row = document.activeElement.closest("li");
    const at = items.findIndex(function (item) {
      return item === document.activeElement || (row && row.contains(item));
    });
    const next = items[at < 0 ? 0 : at + by];
    if (next) focus(next);
    return Boolean(next);
  }

  function inRow(selector) {
    const row = document.activeElement.closest(".row");
    const found = row && row.querySelector(selector);
    if (found) found.click();
    return Boolean(found);
  }

  const deeds = {
    next: function (key) { return step(key.target, 1); },
    previous: function (key) { return step(key.target, -1); },
    open: function () { return inRow(".row__title a"); },
    select: function () { return inRow("input[name=conversation]"); },
    press: function (key) {
      const found = document.querySelector(key.target);
      if (found) found.click();
      return Boolean(found);
    },
    focus: function (key) {
      const found = document.querySelector(key.target);
      if (found) focus(found);
      return Boolean(found);
    },
    // The browser gives focus back to where it was.
    help: function () {
      dialog.showModal();
      return true;
    },
  };

  document.addEventListener("keydown", function (event) {
    const key = rows.get(event.key);
    if (!key || event.defaultPrevented || event.isComposing || event.repeat && key.does === "press") return;
    if (event.ctrlKey || event.altKey || event.metaKey || inField(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    event.preventDefault();
    if (!deeds[key.does](key)) window.portalAnnounce(dialog.dataset.none);
  });
})();
