// Sends one file by itself and tells how far it is. files.js decides which, and what is said.
(function () {
  "use strict";

  const SILENCE_MS = 60000;

  // Asks for the list, or changes it, with the form's own token against forged requests.
  function request(address, fields, byPage, onProgress) {
    const xhr = new XMLHttpRequest();
    const asked = new Promise(function (resolve, reject) {
      let silence = 0;
      function heard() {
        window.clearTimeout(silence);
        silence = window.setTimeout(function () { xhr.abort(); }, SILENCE_MS);
      }
      xhr.open(fields ? "POST" : "GET", address);
      xhr.setRequestHeader("Accept", "application/json");
      // Asking by the page alone must not keep the session alive.
      if (byPage) xhr.setRequestHeader("X-Portal-Polling", "1");
      xhr.upload.onprogress = function (event) {
        heard();
        if (onProgress && event.lengthComputable) onProgress(Math.floor((event.loaded / event.total) * 100));
      };
      xhr.onprogress = heard;
      xhr.onload = function () { resolve(answerOf(xhr)); };
      xhr.onerror = xhr.onabort = function () { reject(new Error("lost")); };
      xhr.onloadend = function () { window.clearTimeout(silence); };
      heard();
      xhr.send(fields ? bodyOf(fields) : null);
    });
    asked.stop = function () { xhr.abort(); };
    return asked;
  }

  // The file comes last: what is about it has been read by then.
  function bodyOf(fields) {
    const body = new FormData();
    Object.keys(fields).forEach(function (name) {
      if (fields[name] instanceof File) body.append(name, fields[name], fields[name].name);
      else body.append(name, fields[name]);
    });
    return body;
  }

  // A page instead of data is a sign-in page or an error page.
  function answerOf(xhr) {
    const isData = (xhr.getResponseHeader("Content-Type") || "").includes("json");
    let data = {};
    try {
      if (isData) data = JSON.parse(xhr.responseText);
    } catch {
      data = {};
    }
    return { status: isData || xhr.status >= 400 ? xhr.status : 401, data: data };
  }

  // Tells whether the browser can still read a file: one that was changed or taken away can't be sent again.
  async function isReadable(file) {
    try {
      await file.slice(0, 1).arrayBuffer();
      return true;
    } catch {
      return false;
    }
  }

  window.portalUpload = { request: request, isReadable: isReadable };
})();
