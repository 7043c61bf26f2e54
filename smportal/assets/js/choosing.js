// Where files of a message come from: the device's own dialog, the camera, dropping anywhere on the page, pasting.
// files.js takes them on.
(function () {
  "use strict";

  if (!window.portalFiles) return;
  const place = document.querySelector("[data-files]");
  const form = place.closest("form");
  const inputs = Array.from(place.querySelectorAll("input[type=file]"));
  const words = window.portalWords.choosing;
  const add = window.portalFiles.add;
  let pasted = 0;

  function carriesFiles(transfer) {
    return transfer && Array.from(transfer.types).includes("Files");
  }

  // A folder can't be read like a file; the browser tells which is one.
  function dropFiles(transfer) {
    const folders = Array.from(transfer.items || []).filter(function (item) {
      const entry = item.webkitGetAsEntry && item.webkitGetAsEntry();
      return entry && entry.isDirectory;
    });
    add(Array.from(transfer.files).filter(function (file) { return !folders.length || file.type || file.size % 4096; }));
    if (folders.length) window.portalFiles.tell(words.folder);
  }

  // A file that is dropped beside the area must not make the browser leave the page with everything typed.
  ["dragenter", "dragover", "dragleave", "drop"].forEach(function (kind) {
    document.addEventListener(kind, function (event) {
      if (!carriesFiles(event.dataTransfer)) return;
      const outside = kind === "drop" || (kind === "dragleave" && !event.relatedTarget);
      place.classList.toggle("attachments--drag", !outside);
      if (kind !== "dragleave") event.preventDefault();
      if (kind === "drop") dropFiles(event.dataTransfer);
    });
  });

  // Text that comes with a picture of itself, as from a word processor, is text.
  form.addEventListener("paste", function (event) {
    const clipboard = event.clipboardData;
    if (!clipboard || !clipboard.files.length || Array.from(clipboard.types).includes("text/plain")) return;
    event.preventDefault();
    add(Array.from(clipboard.files).map(function (file) {
      if (!/^image\.\w+$/.test(file.name)) return file;
      pasted += 1;
      const name = window.portalFill(words.pasted, { number: pasted }) + file.name.slice("image".length);
      return new File([file], name, { type: file.type });
    }));
  });

  inputs.forEach(function (input) {
    // Without a name the form does not bring the same files a second time.
    input.removeAttribute("name");
    input.addEventListener("change", function (event) {
      event.stopPropagation();
      add(input.files);
      input.value = "";
    });
  });

  // Chosen before this script ran, or put back by the browser.
  inputs.forEach(function (input) {
    if (input.files.length) add(input.files);
    input.value = "";
  });
})();
