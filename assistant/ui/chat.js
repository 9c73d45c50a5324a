// What the page does in the browser: sources beside the answer, questions one press away, the panels for
// conversations and documents, what a screen reader is told. Delegated, for the thread is redrawn as it
// grows. Every word comes from window.WORDS.
(() => {
  const words = window.WORDS;
  const at = (id) => document.getElementById(id);
  const say = (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  // The page's language is ours: Gradio sets its own, which is the browser's, and its few words with it.
  const root = document.documentElement;
  const inOurs = () => { if (root.lang !== words.language) root.lang = words.language; };
  inOurs();
  new MutationObserver(inOurs).observe(root, { attributes: true, attributeFilter: ["lang"] });
  try { if (localStorage.getItem("set")) root.classList.add("seen"); } catch { /* private */ }
  const ownWords = () => {
    for (const tabs of document.querySelectorAll("[aria-label='More tabs']")) tabs.setAttribute("aria-label", say("more_tabs"));
    // What Gradio tells a screen reader ("complete", or the bare key of it): #told says it, in words.
    for (const told of document.querySelectorAll("div.sr-only[role=status]:not([hidden])")) told.hidden = true;
    for (const toast of document.querySelectorAll("[data-testid=toast-body]:not([data-ours])")) {
      toast.dataset.ours = "";
      const away = /connection/i.test(toast.textContent);
      const put = (where, text) => { const part = toast.querySelector(where); if (part) part.textContent = text; };
      put(".toast-title", say("failed"));
      put("[data-testid=toast-text]", say(away ? "no_connection" : "went_wrong"));
      toast.querySelector("[data-testid=toast-close]")?.setAttribute("aria-label", say("close"));
    }
  };

  // --- the source ---
  let shown = null; // the citation's data, with the page that is looked at
  let zoom = 100;
  let opener = null; // the number that was pressed: Escape goes back to it

  let looks = 0; // how often a page was asked for
  const showPage = async (focus) => {
    const mine = ++looks;
    const home = shown.at === shown.page;
    const marked = home ? `?fra=${shown.from}&til=${shown.to}` : "";
    at("viewer-title").textContent = shown.title;
    const place = home ? shown.place : shown.place.replace(/\d+$/, shown.at);
    const of = shown.pages && /\d+$/.test(place) ? ` ${say("of_pages", { count: shown.pages })}` : "";
    const about = (printed) => {
      const there = printed ? `${place}${of} (${say("printed", { page: printed })})` : place + of;
      at("viewer-about").textContent = [there, shown.about, shown.file].filter(Boolean).join(" · ");
    };
    about(home ? shown.printed : null);
    const told = fetch(`/side/${shown.document}/${shown.at}.json${marked}`)
      .then((reply) => (reply.ok ? reply.json() : {})).catch(() => ({}));
    if (!home && of) told.then(({ printed }) => { if (mine === looks && printed) about(printed); });
    at("viewer-nav").hidden = false;
    at("viewer-file").href = `/fil/${shown.document}#page=${shown.at}`;
    at("viewer-link").href = home ? shown.link : `/kilde/${shown.document}/${shown.at}`;
    at("viewer-back").disabled = shown.at <= 1;
    at("viewer-next").disabled = Boolean(shown.pages) && shown.at >= shown.pages;
    at("viewer-home").hidden = home;
    at("viewer-text").hidden = !shown.image;
    at("viewer-text").textContent = say(shown.kind === "image" ? "as_text" : "as_picture");
    const note = at("viewer-note");
    note.textContent = !home ? "" : shown.read ? say("read")
      : shown.original ? `${say("repaired")}. ${say("original")}: »${shown.original}«` : "";
    const sheet = at("viewer-page");
    if (shown.kind === "image") {
      const image = new Image();
      image.alt = `${shown.title}, ${place}` + (marked ? `, ${say("marked")}` : "");
      image.onerror = () => { if (mine === looks) sheet.textContent = say("no_page"); };
      image.onload = () => {
        if (mine !== looks) return; // a slow page must not come over the one looked at since, nor undo its size
        image.style.width = `${zoom}%`;
        sheet.replaceChildren(image);
        if (narrow()) sheet.scrollLeft = image.clientWidth * 0.08; // past the margin
        told.then((found) => { if (mine === looks && found.marked) toMark(sheet, image, found.marked); });
      };
      image.src = `/side/${shown.document}/${shown.at}.png${marked}`;
    } else {
      const reply = await fetch(`/side/${shown.document}/${shown.at}.html${marked}`);
      const text = reply.ok ? await reply.text() : "";
      if (mine !== looks) return;
      if (reply.ok) sheet.innerHTML = text; else sheet.textContent = say("no_page");
      sheet.querySelector("mark")?.scrollIntoView({ block: "nearest" });
    }
    if (focus && narrow()) sheet_(true);
    if (focus) at("viewer").focus({ preventScroll: true });
  };
  // The marked words into view, without moving the conversation beside them.
  const toMark = (sheet, image, [left, top]) => {
    if (narrow()) sheet.scrollLeft = Math.max(0, left * image.clientWidth - 12);
    for (let box = sheet; box && box !== document.body; box = box.parentElement) {
      if (box.scrollHeight > box.clientHeight + 8 && /auto|scroll/.test(getComputedStyle(box).overflowY)) {
        const from = image.getBoundingClientRect().top - box.getBoundingClientRect().top;
        box.scrollTop += from + top * image.clientHeight - box.clientHeight / 3;
        return;
      }
    }
  };
  // On a phone the source lies over the conversation, and the way back is the one that phones have.
  const narrow = () => window.innerWidth < 900;
  const sheet_ = (open) => {
    const was = document.body.classList.contains("sheet");
    document.body.classList.toggle("sheet", open);
    if (open && !was) history.pushState({ ...history.state, sheet: true }, "");
    if (!open && was) opener?.isConnected && opener.focus({ preventScroll: true });
  };
  const close = () => { if (history.state?.sheet) history.back(); else sheet_(false); };
  window.addEventListener("popstate", () => sheet_(false));
  const look = (button, focus) => {
    document.querySelectorAll(".cite[aria-pressed]").forEach((b) => b.removeAttribute("aria-pressed"));
    if (button.classList.contains("cite")) button.setAttribute("aria-pressed", "true");
    shown = JSON.parse(button.dataset.source);
    shown.image = shown.kind === "image";
    opener = button;
    shown.at = shown.page;
    zoom = narrow() ? 150 : 100; // a page as wide as a phone cannot be read
    showPage(focus);
  };

  const resize = (by) => {
    zoom = Math.min(300, Math.max(50, zoom + by));
    const image = at("viewer-page").querySelector("img");
    if (image) image.style.width = `${zoom}%`;
  };

  const copied = async (text, message) => {
    try {
      await navigator.clipboard.writeText(text);
      at("viewer-note").textContent = message;
    } catch {
      at("viewer-note").textContent = text; // where the browser does not allow it, the reader can
    }
    tell(message);
  };

  // --- what is said aloud ---
  let spoken = "";
  let waiting = ""; // the question under way
  let sent = false; // a question that has gone off, and of which the page does not know yet
  const tell = (text) => { const told = at("told"); if (told) told.textContent = text; };
  const listen = () => {
    const all = document.querySelectorAll("#thread [data-spoken]");
    const last = all[all.length - 1];
    const text = last ? last.dataset.spoken : "";
    if (text && text !== spoken) tell(text);
    spoken = text;
    const thread = document.querySelector("#thread .thread");
    const id = thread?.dataset.thread;
    if (id) {
      const url = new URL(location.href);
      if (url.searchParams.get("samtale") !== id) {
        url.searchParams.set("samtale", id);
        history.replaceState(history.state, "", url);
      }
    }
  };

  // --- the answer is where the eye is ---
  let stays = false; // the reader has not looked elsewhere since she asked
  const last = () => [...document.querySelectorAll("#thread .exchange")].at(-1);
  const toLast = (smooth) => {
    stays = true;
    at("new-answer")?.remove();
    last()?.scrollIntoView({ block: "start", behavior: smooth ? "smooth" : "instant" });
  };
  for (const kind of ["wheel", "touchmove"]) addEventListener(kind, () => { stays = false; }, { passive: true });
  addEventListener("keydown", (event) => { if (/^(?:Page|Arrow|Home|End)/.test(event.key)) stays = false; });
  let drawnAs = "";
  const followed = () => {
    const thread = document.querySelector("#thread .thread");
    const as = thread ? `${thread.dataset.drawn}${thread.dataset.state}` : "";
    if (!thread || as === drawnAs) return;
    drawnAs = as;
    const all = document.querySelectorAll("#thread .exchange");
    if (stays && all.length > 1) last().scrollIntoView({ block: "start", behavior: "instant" });
    if (thread.dataset.state !== "done") return;
    const first = last()?.querySelector("[data-source]");
    if (first && !narrow() && !at("viewer").matches(":focus-within")) look(first, false);
    const box = last()?.getBoundingClientRect();
    if (!stays && all.length > 1 && box && (box.top > innerHeight * 0.8 || box.bottom < 0) && !at("new-answer")) {
      const button = document.createElement("button");
      button.id = "new-answer";
      button.type = "button";
      button.textContent = say("new_answer");
      document.body.append(button);
    }
  };

  let comparedAs = "";
  const beside = () => { // the source beside a comparison is its own, not that of the answer before
    const section = document.querySelector("#matrix [data-compared]");
    const as = section?.dataset.compared ?? "";
    if (as === comparedAs) return;
    comparedAs = as;
    const first = section?.querySelector("[data-source]");
    if (first && !narrow() && !at("viewer").matches(":focus-within")) look(first, false);
  };

  // --- asking by a press ---
  const fill = (id, text) => {
    const box = document.querySelector(`#${id} textarea`);
    if (!box) return false;
    box.value = text;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    return box;
  };
  const choose = (role) => {
    const radio = role && document.querySelector(`#role input[value="${role}"]`);
    if (radio && !radio.checked) radio.click();
  };
  const openTab = (id) => document.querySelector(`#tabs [role=tab][data-tab-id="${id}"]`)?.click();
  const press = (id) => setTimeout(() => at(id)?.click(), 60); // once the box has taken its words

  // Called by the page's own events with what they send on: shows at once that it is searched.
  window.asking = (given, fresh) => {
    const thread = document.querySelector("#thread .thread");
    const asked = fresh ? given[0] : [...document.querySelectorAll("#thread .question")].at(-1)?.textContent;
    at("talk").classList.remove("why", "thanked");
    sent = false;
    if (thread && asked?.trim()) {
      if (thread.dataset.state === "start") thread.replaceChildren();
      for (const old of thread.querySelectorAll("[data-refused]")) old.remove(); // asked again
      thread.dataset.state = "busy";
      const section = document.createElement("section");
      const heading = document.createElement("h2");
      const line = document.createElement("p");
      section.className = "exchange";
      section.dataset.asking = "";
      heading.className = "question";
      heading.textContent = asked;
      line.className = "busy";
      line.textContent = say("busy");
      section.append(heading, line);
      thread.append(section);
      tell(say("busy"));
      if (thread.querySelectorAll(".exchange").length > 1) toLast(true);
      stays = true;
    }
    waiting = fresh ? given[0] : "";
    if (fresh) setTimeout(() => fill("question", ""));
    return [...given.slice(0, -1), thread?.dataset.thread ?? ""];
  };

  // A question that the server did not take is given back, with what to do.
  const refused = (status, words) => {
    const thread = document.querySelector("#thread .thread[data-state=busy]");
    if (!thread) return;
    const line = thread.querySelector(".busy") ?? document.createElement("p");
    if (!line.isConnected) (thread.lastElementChild ?? thread).append(line); // cut off in the midst of an answer
    thread.dataset.state = "trouble";
    (line.closest("[data-asking]") ?? line).dataset.refused = "";
    line.className = "trouble";
    line.setAttribute("role", "alert");
    line.textContent = `${words} `;
    if (status === 401) {
      const link = document.createElement("a");
      link.href = `/log-ind?til=${encodeURIComponent(location.pathname + location.search)}`;
      link.textContent = say("log_in");
      line.append(link);
    }
    if (waiting && !document.querySelector("#question textarea")?.value) fill("question", waiting);
  };
  const fetched = window.fetch;
  window.fetch = async (...given) => {
    const asks = String(given[0]?.url ?? given[0]).includes("/queue/join");
    let reply;
    try {
      reply = await fetched(...given);
    } catch (error) {
      if (asks) refused(0, say("no_connection"));
      throw error;
    }
    if (asks && !reply.ok) refused(reply.status, (await reply.clone().json().catch(() => ({}))).detail ?? say("no_connection"));
    return reply;
  };
  // An answer that stays away because the server does: told to whoever asks again.
  const answering = () => fetched("/healthz", { cache: "no-store" }).catch(() => refused(0, say("no_connection")));
  // One question at a time: while one is searched for, another waits in the box; and one that is sent
  // before the server has drawn the page waits for that, or the drawing would come over its answer.
  let early = false;
  const drawn = () => document.querySelector("#thread .thread");
  const hold = (event) => {
    const sends = event.type === "keydown"
      ? event.key === "Enter" && !event.shiftKey && event.target.closest?.("#question")
      : event.target.closest?.("#send, #retry, #scope input, .try[data-ask]");
    if (!sends) return;
    const twice = sent || event.repeat || event.detail > 1; // a key held down, a double click
    if (!twice && drawn() && drawn().dataset.state !== "busy") {
      sent = !event.target.closest(".try"); // which presses the button in turn
      setTimeout(() => (sent = false), 1000); // should nothing come of it
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    early = early || !drawn();
    if (drawn() && !twice) answering();
  };
  for (const kind of ["keydown", "click"]) document.addEventListener(kind, hold, true);

  // --- panels ---
  const send = async (path, method = "POST", body = null) => {
    const reply = await fetch(path, { method, body });
    const data = await reply.json().catch(() => ({}));
    return { ok: reply.ok, ...data };
  };
  let asked = 0;
  const threads = async () => {
    const panel = at("threads-panel");
    if (!panel) return;
    const mine = ++asked; // an older reply must not come over a newer one
    const wanted = encodeURIComponent(at("threads-search")?.value ?? "");
    const reply = await fetch(`/samtaler?sprog=${words.language}&ord=${wanted}`);
    const refusal = async () => (await reply.json().catch(() => ({}))).detail ?? say("no_connection");
    const text = reply.ok ? await reply.text() : await refusal();
    if (mine !== asked) return;
    if (reply.ok) panel.innerHTML = text; else panel.textContent = text;
  };
  const corpus = async () => {
    const panel = at("corpus-panel");
    const reply = await fetch(`/dokumenter?sprog=${words.language}`);
    const under = at("progress"); // what is being sent goes on being shown
    if (panel && reply.ok) panel.innerHTML = await reply.text();
    if (at("progress")) {
      if (under) at("progress").replaceWith(under);
      else for (const one of sentIn()) sentRow(one.name, one.said, one.ok ? "ok" : "trouble");
      at("clear-results").hidden = !at("progress").children.length;
      results();
    }
    follow();
  };
  // What became of each file that was sent in: kept while the tab is, and told anew by the index.
  const sentIn = () => { try { return JSON.parse(sessionStorage.getItem("sent")) ?? []; } catch { return []; } };
  const keepSent = (rows) => { try { sessionStorage.setItem("sent", JSON.stringify(rows)); } catch { /* private */ } };
  const sentRow = (name, said, state) => {
    const row = document.createElement("li");
    row.dataset.file = name;
    row.className = state;
    row.textContent = said;
    at("progress").append(row);
    return row;
  };
  const results = async () => {
    const asked = sentIn().filter((one) => one.ok).map((one) => `fil=${encodeURIComponent(one.name)}`);
    if (!asked.length) return;
    const reply = await fetch(`/dokumenter/resultat?sprog=${words.language}&${asked.join("&")}`);
    for (const { name, state, lines } of reply.ok ? await reply.json() : []) {
      const row = [...at("progress").children].find((one) => one.dataset.file === name);
      if (!row) continue;
      row.className = state;
      row.replaceChildren(...lines.map((line) => {
        const told = document.createElement("p");
        told.textContent = line;
        return told;
      }));
    }
  };
  let following = 0;
  const follow = async () => {
    clearTimeout(following);
    const line = at("indexing");
    if (!line) return;
    const state = await (await fetch(`/dokumenter/indeks?sprog=${words.language}`)).json();
    const was = line.dataset.running === "1";
    line.dataset.running = state.running ? "1" : "";
    line.className = state.failed ? "trouble" : "";
    if (state.running || was || state.runs) line.textContent = [state.detail, state.running && state.lines.at(-1)].filter(Boolean).join(" ");
    if (was && !state.running && !state.failed) await corpus();
    if (state.running) following = setTimeout(follow, 700);
  };
  const upload = (file) => new Promise((done) => {
    for (const old of at("progress").children) if (old.dataset.file === file.name) old.remove();
    const row = sentRow(file.name, `${file.name} `, "");
    const bar = document.createElement("progress");
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    row.append(bar);
    at("clear-results").hidden = false;
    const form = new FormData();
    form.append("fil", file);
    const request = new XMLHttpRequest();
    request.open("POST", `/dokumenter?sprog=${words.language}`);
    request.upload.onprogress = (e) => { if (e.lengthComputable) bar.value = e.loaded / e.total; };
    request.onloadend = () => {
      let reply = {};
      try { reply = JSON.parse(request.responseText); } catch { /* the server went away */ }
      const ok = request.status === 200;
      const said = reply.detail ?? `${file.name}: ${say("no_connection")}`;
      const name = reply.name ?? file.name; // as it is kept
      row.dataset.file = name;
      row.textContent = said;
      row.className = ok ? "ok" : "trouble";
      keepSent([...sentIn().filter((one) => one.name !== name), { name, said, ok }].slice(-100));
      done(ok);
    };
    request.send(form);
  });
  const uploadAll = async (files) => {
    let any = false;
    for (const file of files) any = (await upload(file)) || any;
    if (any) { await send(`/dokumenter/indeks?sprog=${words.language}`); follow(); }
  };

  const act = async (button) => {
    const item = button.closest("[data-thread]");
    const { thread, title } = item.dataset;
    if (button.dataset.act === "rename") {
      const name = prompt(say("new_name"), title);
      if (!name) return;
      const form = new FormData();
      form.append("navn", name);
      await send(`/samtale/${thread}/navn`, "POST", form);
    } else if (button.dataset.act === "share") {
      const { link } = await send(`/samtale/${thread}/del`);
      if (link) {
        const whole = new URL(link, location.href).href;
        let shared = item.querySelector(".shared");
        if (!shared) { shared = document.createElement("p"); shared.className = "shared about"; item.append(shared); }
        shared.innerHTML = "";
        const anchor = document.createElement("a");
        anchor.href = link;
        anchor.textContent = whole;
        shared.append(anchor, ` ${say("shared")}`);
        copied(whole, say("shared"));
      }
      return;
    } else if (button.dataset.act === "unshare") {
      await send(`/samtale/${thread}/del`, "DELETE");
    } else if (confirm(say("sure_delete", { title }))) {
      await send(`/samtale/${thread}`, "DELETE");
    }
    threads();
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button, a[role=tab]");
    if (!button) return;
    const data = button.dataset;
    if (data.source) {
      look(button, true);
    } else if (button.id === "viewer-close") close();
    else if (button.id === "new-answer") toLast(true);
    else if (shown && button.id === "viewer-home") {
      shown.at = shown.page;
      showPage(false);
    } else if (shown && button.id === "viewer-text") {
      shown.kind = shown.kind === "image" ? "text" : "image";
      showPage(false);
    } else if (shown && (button.id === "viewer-next" || button.id === "viewer-back")) {
      shown.at += button.id === "viewer-next" ? 1 : -1;
      showPage(false);
    } else if (button.id === "viewer-more") resize(25);
    else if (button.id === "viewer-less") resize(-25);
    else if (shown && button.id === "viewer-copy") {
      copied(`${shown.citation} ${new URL(shown.link, location.href).href}`, say("copied"));
    } else if (data.ask) {
      choose(data.role);
      fill("question", data.ask);
      press("send");
    } else if (data.compare) {
      choose(data.role);
      openTab("compare");
      const by = document.querySelector(`#compare-by input[value="${data.by ?? "region"}"]`);
      const turned = by && !by.checked;
      if (turned) by.click(); // which clears what stands there, before the new comes
      setTimeout(() => {
        const box = fill("compare-question", data.compare);
        if (data.waits) box?.focus(); else press("compare-send");
      }, turned ? 500 : 60);
    } else if (data.edit) fill("question", data.edit).focus();
    else if (button.id === "down") {
      at("talk").classList.add("why");
      setTimeout(() => document.querySelector("#reason input")?.focus());
    } else if (button.id === "up" || button.id === "send-why") {
      at("talk").classList.remove("why");
      at("talk").classList.add("thanked");
    } else if (button.id === "edit") setTimeout(() => document.querySelector("#question textarea")?.focus(), 300);
    else if (data.act) act(button);
    else if (button.id === "hide-first") {
      try { localStorage.setItem("set", "1"); } catch { /* private */ }
      root.classList.add("seen");
      document.querySelector("#question textarea")?.focus();
    } else if (button.id === "clear-results") {
      keepSent([]);
      at("progress").replaceChildren();
      button.hidden = true;
    } else if (button.id === "reindex") { await send(`/dokumenter/indeks?sprog=${words.language}`); follow(); }
    else if (button.classList.contains("remove")) {
      const id = button.closest("[data-document]").dataset.document;
      if (confirm(say("sure_remove", { name: data.name }))) {
        const { ok, detail } = await send(`/dokumenter/${id}?sprog=${words.language}`, "DELETE");
        at("indexing").textContent = detail ?? "";
        if (ok) follow();
      }
    } else if (button.getAttribute("role") === "tab") {
      if (data.tabId === "threads") threads();
      if (data.tabId === "corpus") corpus();
    }
  });

  // --- what people say of a comparison's cells ---
  const ofCell = (cell) => ({
    ...JSON.parse(cell.closest("[data-compared]").dataset.compared), ...JSON.parse(cell.dataset.cell),
  });
  document.addEventListener("toggle", async (event) => {
    const cell = event.target;
    const place = cell.open && cell.matches("details.review") && cell.querySelector(".judging");
    if (!place || place.childElementCount) return;
    place.textContent = say("busy");
    const asked = new URLSearchParams({ ...ofCell(cell), sprog: words.language });
    const reply = await fetch(`/vurdering?${asked}`);
    if (reply.ok) place.innerHTML = await reply.text();
    else place.textContent = (await reply.json().catch(() => ({}))).detail ?? say("no_connection");
    const name = place.querySelector("[name=navn]");
    try { if (name) name.value = localStorage.getItem("navn") ?? ""; } catch { /* private */ }
  }, true); // which does not bubble
  const judge = async (form, cell, button) => {
    const body = new FormData(form);
    const name = cell.querySelector("[name=navn]")?.value ?? "";
    for (const [key, value] of Object.entries({ ...ofCell(cell), navn: name, dom: button.value })) body.set(key, value);
    try { if (name) localStorage.setItem("navn", name); } catch { /* private */ }
    const { ok, html, detail } = await send(`/vurdering?sprog=${words.language}`, "POST", body);
    if (!ok) {
      const line = cell.querySelector(".judging > .trouble");
      line.hidden = false;
      line.textContent = typeof detail === "string" ? detail : say("no_connection");
      return;
    }
    const section = cell.closest("[data-compared]");
    const at = [...section.querySelectorAll("details.review")].indexOf(cell);
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    section.replaceChildren(...fresh.content.firstElementChild.childNodes);
    section.querySelectorAll("details.review > summary")[at]?.focus();
    tell(say("review_saved"));
  };
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const cell = form.closest("details.review");
    if (cell) {
      event.preventDefault();
      return judge(form, cell, event.submitter);
    }
    const item = form.closest("[data-document]");
    if (!item) return;
    event.preventDefault();
    const path = `/dokumenter/${item.dataset.document}/fakta?sprog=${words.language}`;
    const { ok, detail } = await send(path, "POST", new FormData(form));
    at("indexing").textContent = detail ?? "";
    if (ok) follow();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.body.classList.contains("sheet")) return close();
    if (event.key === "Escape" && opener?.isConnected && event.target.closest?.("#viewer")) opener.focus();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("header .links a[lang]");
    if (link) link.search = location.search; // the same conversation in the other language
  });
  document.addEventListener("input", (event) => { if (event.target.id === "threads-search") threads(); });
  document.addEventListener("change", (event) => {
    if (event.target.id === "files") { uploadAll([...event.target.files]); event.target.value = ""; }
  });
  for (const kind of ["dragover", "drop"]) {
    document.addEventListener(kind, (event) => {
      const target = event.target.closest?.("#drop");
      if (!target) return;
      event.preventDefault();
      if (kind === "drop") uploadAll([...event.dataTransfer.files]);
    });
  }
  // The role is the reader's own: the browser remembers it.
  document.addEventListener("change", (event) => {
    if (event.target.closest?.("#role")) try { localStorage.setItem("rolle", event.target.value); } catch { /* private */ }
  });
  // So is what stands in the box: the page is drawn anew when the server is.
  document.addEventListener("input", (event) => {
    if (event.target.closest?.("#question")) try { sessionStorage.setItem("draft", event.target.value); } catch { /* private */ }
  });
  const ready = () => {
    let role = null;
    let draft = null;
    try { role = localStorage.getItem("rolle"); draft = sessionStorage.getItem("draft"); } catch { /* private */ }
    if (role) choose(role);
    if (draft) fill("question", draft);
  };
  new MutationObserver(() => {
    ownWords();
    listen();
    followed();
    beside();
    if (early && drawn()) { early = false; press("send"); }
    if (!ready.done && document.querySelector("#role input")) { ready.done = true; setTimeout(ready, 300); }
  }).observe(document, { childList: true, subtree: true });
})();
