// Asks now and then how files stand while any of them waits: by the page alone, at most 60 times in a row, never while
// nobody looks. Used for the files of a text that is written (files.js) and under messages (filestates.js).
(function () {
  "use strict";

  const ASK_MS = [2000, 2000, 3000, 3000, 5000];
  const ASK_SLOWLY_MS = 10000;
  const ASK_MOST = 60;

  // `ask` calls later() again when its answer leaves something to wait for.
  window.portalAsking = function (ask, isWaiting) {
    let asked = 0;
    let timer = 0;

    function later() {
      window.clearTimeout(timer);
      if (!isWaiting() || asked >= ASK_MOST || document.visibilityState === "hidden") return;
      timer = window.setTimeout(ask, ASK_MS[asked] || ASK_SLOWLY_MS);
      asked += 1;
    }

    document.addEventListener("visibilitychange", later);
    return {
      later: later,
      begin: function () { asked = 0; },
      hasEnded: function () { return asked >= ASK_MOST; },
    };
  };
})();
