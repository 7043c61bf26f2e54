// "9,873 characters left": shown at once, said to screen readers only when typing pauses.
(function () {
  "use strict";

  const PAUSE_MS = 1000;
  const numbers = new Intl.NumberFormat(document.documentElement.lang || "en");

  // The server counts Unicode characters and one for a line break, so neither UTF-16 units nor CRLF.
  function length(text) {
    return Array.from(text.replace(/\r\n/g, "\n")).length;
  }

  function describe(left) {
    const words = window.portalWords.counter;
    const count = Math.abs(left);
    const one = count === 1;
    const text = left < 0 ? (one ? words.over_one : words.over_other) : one ? words.left_one : words.left_other;
    return window.portalFill(text, { count: numbers.format(count) });
  }

  document.querySelectorAll("[data-counter]").forEach(function (control) {
    const limit = Number(control.dataset.counter);
    const text = document.getElementById(control.id + "_counter");
    if (!text || !limit) return;
    const spoken = document.createElement("span");
    spoken.className = "usa-sr-only";
    spoken.setAttribute("aria-live", "polite");
    text.after(spoken);
    let pause = 0;

    function update() {
      const left = limit - length(control.value);
      text.textContent = describe(left);
      text.toggleAttribute("data-over", left < 0);
      return left;
    }

    control.addEventListener("input", function () {
      const left = update();
      window.clearTimeout(pause);
      pause = window.setTimeout(function () {
        spoken.textContent = describe(left);
      }, PAUSE_MS);
    });
    if (control.value) update();
  });
})();
