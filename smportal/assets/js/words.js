// The words of all other scripts, in the language of the page: the server renders them (smportal/script_words.py).
(function () {
  "use strict";

  const block = document.getElementById("script-words");
  window.portalWords = block ? JSON.parse(block.textContent) : {};

  // portalFill("{count} characters left", { count: 12 })
  window.portalFill = function (text, values) {
    return text.replace(/\{(\w+)\}/g, function (whole, name) {
      return name in values ? String(values[name]) : whole;
    });
  };
})();
