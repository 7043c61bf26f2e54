// Files of a message, however they were chosen (choosing.js): each is uploaded by itself at once, and the list says how
// it stands. Without this file the form brings them along. Nothing here ever touches what is typed.
(function () {
  "use strict";

  const SAY_TOGETHER_MS = 600;
  const AFTER_CANCEL_MS = 1500;

  const place = document.querySelector("[data-files]");
  if (!place || !place.dataset.files || !window.portalUpload) return;
  const form = place.closest("form");
  const list = place.querySelector("[data-files-list]");
  const line = place.querySelector("[data-files-line]");
  const pattern = place.querySelector("[data-files-item]").content.firstElementChild;
  const refusals = place.querySelector("[data-files-refusals]").content;
  const control = place.querySelector("input[type=file]");
  const words = window.portalWords.files;
  const most = Number(place.dataset.filesMost);
  const bytesMost = Number(place.dataset.filesBytes);
  const endings = control.accept.split(",");

  // What was chosen and is not on the server: waiting, running, failed or refused.
  let jobs = [];
  let running = null;
  // Uploads that were canceled; the server may have had them already.
  const dropped = new Set();
  let toSay = [];
  let idle = function () {};

  // Several at once are heard as one sentence after the other, not as the last one only.
  function say(text) {
    if (!toSay.length) {
      window.setTimeout(function () {
        window.portalAnnounce(toSay.join(" "));
        toSay = [];
      }, SAY_TOGETHER_MS);
    }
    toSay.push(/[.!?…]$/.test(text) ? text : text + ".");
  }

  function nameOf(item) {
    return item.querySelector("[data-file-name]").textContent;
  }

  function items() {
    return Array.from(list.children);
  }

  function request(fields, byPage, onProgress) {
    const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
    const all = fields ? Object.assign({ csrfmiddlewaretoken: token }, fields) : null;
    return window.portalUpload.request(place.dataset.files, all, byPage, onProgress);
  }

  // --- What the list shows ---------------------------------------------------------------------------------------

  function made(html) {
    return new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
  }

  function itemOf(file) {
    const job = jobs.find(function (each) { return file.key && each.key === file.key; });
    if (job) jobs = jobs.filter(function (each) { return each !== job; });
    return job ? job.item : items().find(function (item) { return item.dataset.file === file.id; });
  }

  // Puts the server's word for one file in the place of ours; focus stays where it was.
  function show(file) {
    const before = itemOf(file);
    if (before && before.dataset.fileState === file.state) return;
    const item = made(file.html);
    const hadFocus = before && before.contains(document.activeElement);
    if (before) before.replaceWith(item);
    else list.append(item);
    if (hadFocus) item.querySelector("button").focus();
    say(window.portalFill(words.said, { name: nameOf(item), state: item.querySelector("[data-file-words]").textContent }));
  }

  function sync(data) {
    const there = new Set(data.files.map(function (file) { return file.id; }));
    const before = document.activeElement;
    items().forEach(function (item) {
      if (item.dataset.file && !there.has(item.dataset.file)) item.remove();
    });
    data.files.forEach(function (file) {
      if (file.key && dropped.has(file.key)) remove(file.id);
      else show(file);
    });
    list.hidden = !list.children.length;
    if (before && !before.isConnected) control.focus();
    // Autosave keeps a draft for files alone, too.
    form.dispatchEvent(new Event("change"));
    asking.later();
  }

  function problem(item, text) {
    const error = item.querySelector("[data-file-problem]");
    error.textContent = text;
    error.hidden = !text;
    if (text) say(window.portalFill(words.said, { name: nameOf(item), state: text }));
  }

  function tell(text) {
    line.textContent = text;
    line.hidden = !text;
    if (text) say(text);
  }

  // --- Asking how files stand (asking.js) ---------------------------------------------------------------------------

  async function refresh() {
    try {
      const answer = await request(null, true);
      if (answer.status === 200) sync(answer.data);
      else if (answer.status >= 500) asking.later();
    } catch {
      asking.later();
    }
  }

  const asking = window.portalAsking(refresh, function () {
    return items().some(function (item) { return ["checking", "held"].includes(item.dataset.fileState); });
  });

  // --- Uploading ---------------------------------------------------------------------------------------------------

  function refusalOf(file) {
    const kept = items().filter(function (item) { return item.querySelector("[name=files]"); });
    const coming = jobs.filter(function (job) { return job.state !== "refused"; });
    const bytes = kept.reduce(function (sum, item) { return sum + Number(item.dataset.fileSize); }, file.size)
      + coming.reduce(function (sum, job) { return sum + job.file.size; }, 0);
    const ending = (/\.[^.]+$/.exec(file.name.toLowerCase()) || [""])[0];
    if (ending && !endings.includes(ending)) return "type";
    if (!file.size) return "empty";
    if (file.size > bytesMost) return "too_large";
    if (kept.length + coming.length >= most) return "too_many";
    return bytes > bytesMost ? "too_much" : "";
  }

  function add(files) {
    tell("");
    Array.from(files).forEach(function (file) {
      const item = pattern.cloneNode(true);
      const job = { file: file, key: window.crypto.randomUUID(), item: item, state: "waiting", tries: 0 };
      const refusal = refusalOf(file);
      item.querySelectorAll("[data-file-name]").forEach(function (each) { each.textContent = file.name; });
      item.querySelector("[data-file-facts]").textContent = "(" + sized(file.size) + ")";
      item.querySelector("progress").setAttribute("aria-label", file.name);
      item.querySelector("[data-file-retry]").addEventListener("click", function () { again(job); });
      item.querySelector("[data-file-cancel]").addEventListener("click", function () { cancel(job); });
      jobs.push(job);
      list.append(item);
      if (refusal) end(job, "refused", refusals.querySelector("[data-refusal=" + refusal + "]").textContent);
      else state(job, words.waiting);
    });
    list.hidden = !list.children.length;
    next();
  }

  function sized(bytes) {
    const megabytes = bytes >= 1000000;
    const number = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: megabytes ? 1 : 0 });
    return number.format(megabytes ? bytes / 1048576 : Math.ceil(bytes / 1024)) + (megabytes ? " MB" : " KB");
  }

  function state(job, text) {
    job.item.querySelector("[data-file-words]").textContent = text;
  }

  // Failed may be tried again; refused may only be taken away.
  function end(job, how, text) {
    job.state = how;
    job.item.querySelector("[data-file-state-line]").hidden = true;
    job.item.querySelector("progress").hidden = true;
    job.item.querySelector("[data-file-retry]").hidden = how !== "failed";
    job.item.querySelector("[data-cancel-word]").hidden = true;
    job.item.querySelector("[data-remove-word]").hidden = false;
    problem(job.item, text);
  }

  function next() {
    if (running) return;
    const job = jobs.find(function (each) { return each.state === "waiting"; });
    if (job) run(job);
    else idle();
  }

  async function run(job) {
    running = job;
    job.state = "running";
    try {
      // What was sent before an answer got lost may have arrived.
      const earlier = job.tries ? await request(null, true) : null;
      if (earlier && earlier.status === 200) sync(earlier.data);
      if (jobs.includes(job)) await send(job);
    } catch {
      if (jobs.includes(job)) {
        const readable = await window.portalUpload.isReadable(job.file);
        end(job, readable ? "failed" : "refused", readable ? words.lost : words.changed);
      }
    }
    running = null;
    next();
  }

  async function send(job) {
    job.tries += 1;
    job.asked = request({ key: job.key, upload: job.file }, false, function (percent) {
      job.item.querySelector("progress").value = percent;
      state(job, percent < 100 ? window.portalFill(words.uploading, { percent: percent }) : words.storing);
    });
    const answer = await job.asked;
    if (!jobs.includes(job)) return;
    asking.begin();
    if (answer.status === 200) {
      document.dispatchEvent(new CustomEvent("portal:session-extended", { detail: answer.data.remaining_seconds }));
      sync(answer.data);
      // The very same file was there already.
      if (jobs.includes(job)) {
        tell(window.portalFill(words.already, { name: job.file.name }));
        forget(job);
      }
    } else if (answer.status === 403) end(job, "failed", words.signed_in_again);
    else if (answer.status === 404) end(job, "failed", words.gone);
    else end(job, "failed", answer.status === 401 && answer.data.text ? answer.data.text : words.unanswered);
  }

  function again(job) {
    job.item.querySelector("[data-file-retry]").hidden = true;
    job.item.querySelector("[data-file-state-line]").hidden = false;
    job.item.querySelector("progress").hidden = false;
    job.item.querySelector("[data-cancel-word]").hidden = false;
    job.item.querySelector("[data-remove-word]").hidden = true;
    problem(job.item, "");
    tell("");
    job.item.querySelector("[data-file-cancel]").focus();
    state(job, words.waiting);
    job.state = "waiting";
    next();
  }

  function forget(job) {
    jobs = jobs.filter(function (each) { return each !== job; });
    leave(job.item);
  }

  function cancel(job) {
    const wasRunning = job.state === "running";
    say(window.portalFill(wasRunning ? words.cancelled : words.removed, { name: job.file.name }));
    if (job.tries) dropped.add(job.key);
    forget(job);
    if (wasRunning && job.asked) job.asked.stop();
    if (job.tries) window.setTimeout(refresh, AFTER_CANCEL_MS);
    tell("");
    next();
  }

  // --- Taking away --------------------------------------------------------------------------------------------------

  // Focus goes to the file that follows, else to the one before, else to where files are added.
  function leave(item) {
    const neighbor = item.nextElementSibling || item.previousElementSibling;
    const hadFocus = item.contains(document.activeElement);
    item.remove();
    list.hidden = !list.children.length;
    if (!hadFocus) return;
    const button = neighbor && neighbor.querySelector("button:not([hidden])");
    (button || control).focus();
  }

  async function remove(id) {
    const item = items().find(function (each) { return each.dataset.file === id; });
    try {
      const answer = await request({ remove_file: id }, !item);
      if (item && answer.status === 200) {
        say(window.portalFill(words.removed, { name: nameOf(item) }));
        leave(item);
      }
      if (answer.status === 200) sync(answer.data);
      else if (answer.status === 404) refresh();
      else if (item) problem(item, answer.data.text || words.not_removed);
    } catch {
      if (item) problem(item, words.not_removed);
    }
  }

  list.addEventListener("click", function (event) {
    const button = event.target.closest("[name=remove_file]");
    if (!button) return;
    event.preventDefault();
    remove(button.value);
  });

  // What the form must know before it goes (holding.js), and the ways in (choosing.js).
  window.portalFiles = {
    add: add,
    tell: tell,
    failed: function () { return jobs.filter(function (job) { return job.state === "failed"; }); },
    isBusy: function () { return jobs.some(function (job) { return ["waiting", "running"].includes(job.state); }); },
    isUnsent: function () { return jobs.some(function (job) { return job.state !== "refused"; }); },
    again: again,
    whenIdle: function (then) { idle = then; },
  };
  asking.later();
})();
