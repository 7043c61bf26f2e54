// Error summary takes focus; a form is sent once. The server keeps both promises without this file.
(function () {
  "use strict";

  const SEND_AGAIN_AFTER_MS = 15000;

  const summary = document.querySelector("[data-error-summary]");
  if (summary) summary.focus();

  // The button is not disabled: that would drop its name and value, and take focus away.
  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.hasAttribute("data-submitting")) {
      event.preventDefault();
      return;
    }
    form.setAttribute("data-submitting", "");
    if (window.portalAnnounce) window.portalAnnounce(window.portalWords.forms.sending);
    window.setTimeout(function () {
      form.removeAttribute("data-submitting");
    }, SEND_AGAIN_AFTER_MS);
  });

  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-submitting]").forEach(function (form) {
      form.removeAttribute("data-submitting");
    });
  });
})();
