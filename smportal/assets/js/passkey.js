// Says in plain words that a passkey did not work; allauth alone writes it to the console.
(function () {
  "use strict";

  document.addEventListener("allauth.error", function (event) {
    const place = document.querySelector("[data-passkey-error]");
    if (!place) return;
    event.preventDefault();
    const alert = document.createElement("div");
    alert.className = "usa-alert usa-alert--error usa-alert--slim";
    const body = document.createElement("div");
    body.className = "usa-alert__body";
    const text = document.createElement("p");
    text.className = "usa-alert__text";
    text.textContent = window.portalWords.passkey.failed;
    body.append(text);
    alert.append(body);
    place.replaceChildren(alert);
  });
})();
