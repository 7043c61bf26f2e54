// Sending and saving wait for uploads, and never leave a file behind unseen. files.js uploads.
(function () {
  "use strict";

  if (!window.portalFiles) return;
  const files = window.portalFiles;
  const form = document.querySelector("[data-files]").closest("form");
  const words = window.portalWords.holding;
  let held = null;
  let leaving = false;

  function release() {
    if (!held) return;
    const button = held;
    held = null;
    const left = files.failed()[0];
    if (left) return stop(left);
    files.tell("");
    form.requestSubmit(button.isConnected ? button : undefined);
  }

  function stop(job) {
    files.tell(words.stopped);
    job.item.querySelector("button:not([hidden])").focus();
  }

  // On the document, so that it comes before the form's own listeners, whichever script was there first.
  document.addEventListener("submit", function (event) {
    if (event.target !== form) return;
    const failed = files.failed()[0];
    const busy = files.isBusy();
    if (!failed && !busy) {
      leaving = true;
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!busy) return stop(failed);
    held = event.submitter;
    files.tell(words.on_hold);
  }, true);

  window.addEventListener("pageshow", function () { leaving = false; });
  window.addEventListener("beforeunload", function (event) {
    if (!leaving && files.isUnsent()) event.preventDefault();
  });
  document.addEventListener("portal:before-session-end", function () { leaving = true; });
  window.addEventListener("online", function () { files.failed().forEach(files.again); });
  files.whenIdle(release);
})();
