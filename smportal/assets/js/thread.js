// Opens every folded message of a conversation at once. Without this file each opens by itself.
(function () {
  "use strict";

  const button = document.querySelector("[data-open-all]");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", function () {
    const folded = document.querySelectorAll(".thread details:not([open])");
    folded.forEach(function (message) {
      message.open = true;
    });
    button.hidden = true;
    const first = folded[0];
    if (first) first.querySelector("summary").focus();
  });
})();
