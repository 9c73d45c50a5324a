// A citation shows its page beside the answer. Delegated: the thread is redrawn as it grows.
(() => {
  const at = (id) => document.getElementById(id);
  let shown = null; // {document, page, from, to, kind, title, home}

  const show = async (focus) => {
    const { document: doc, page, from, to, kind, title, home } = shown;
    const marked = page === home ? `?fra=${from}&til=${to}` : "";
    at("viewer-title").textContent = page === home ? title : title.replace(/side \d+$/, `side ${page}`);
    const file = at("viewer-file");
    file.hidden = false;
    file.href = `/fil/${doc}#page=${page}`;
    at("viewer-back").hidden = page <= 1;
    at("viewer-next").hidden = false;
    const place = at("viewer-page");
    if (kind === "image") {
      const image = new Image();
      image.alt = at("viewer-title").textContent + (marked ? ", stedet er markeret" : "");
      image.onerror = () => { place.textContent = "Siden kan ikke vises: filen er flyttet, eller dokumentet har ikke flere sider."; };
      image.onload = () => place.replaceChildren(image);
      image.src = `/side/${doc}/${page}.png${marked}`;
    } else {
      const reply = await fetch(`/side/${doc}/${page}.html${marked}`);
      place.innerHTML = reply.ok ? await reply.text() : "Siden kan ikke vises.";
    }
    if (focus && window.innerWidth < 900) at("viewer").scrollIntoView({ block: "start" });
    if (focus) at("viewer").focus({ preventScroll: true });
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.cite, button.source");
    if (button) {
      const d = button.dataset;
      document.querySelectorAll(".cite[aria-pressed]").forEach((b) => b.removeAttribute("aria-pressed"));
      if (button.classList.contains("cite")) button.setAttribute("aria-pressed", "true");
      shown = { document: d.document, page: +d.page, home: +d.page, from: d.from, to: d.to, kind: d.kind, title: d.title };
      show(true);
    } else if (shown && event.target.closest("#viewer-back, #viewer-next")) {
      shown.page += event.target.closest("#viewer-next") ? 1 : -1;
      show(false);
    }
  });
})();
