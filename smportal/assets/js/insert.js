// Puts a text that the page shows into the field where it is wanted, at the cursor; what was typed stays.
// Without this file the server puts it below the text.
(function () {
  "use strict";

  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-insert]");
    if (!button) return;
    const source = document.querySelector(button.dataset.insert);
    const field = document.querySelector(button.dataset.insertInto);
    if (!source || !field) return;
    event.preventDefault();
    // After what is selected, so that nothing is replaced.
    field.setRangeText(source.textContent, field.selectionEnd, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
    window.portalAnnounce(button.dataset.insertDone);
  });
})();
