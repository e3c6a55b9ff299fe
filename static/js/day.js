// My day: a row shows its client beside the list, is dragged onto a day of the strip, and is moved on by one key.
(() => {
  const NARROW = window.matchMedia("(max-width: 1023.98px)");
  const PAUSE = 180;
  const INTERACTIVE = "a, button, input, select, textarea, label, summary, details, form";
  const day = () => document.getElementById("my-day");
  const current = () => day()?.querySelector("[data-rows] .is-current");
  const blocked = (event) =>
    event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || document.querySelector("dialog[open]") ||
    event.target.closest?.("input, textarea, select, [contenteditable]");

  // --- the client beside the list
  const mark = (row) => {
    day().querySelectorAll(".is-chosen").forEach((each) => each.classList.remove("is-chosen"));
    day().querySelectorAll(`[data-client="${row.dataset.client}"]`).forEach((each) => each.classList.add("is-chosen"));
  };
  const stand = (row) => {
    day().querySelectorAll(".is-current").forEach((each) => each.classList.remove("is-current"));
    row.classList.add("is-current");
  };

  // In the capturing phase: before rows.js would leave the page, and before htmx on the link itself.
  document.addEventListener(
    "click",
    (event) => {
      const row = event.target.closest?.("#my-day [data-client]");
      if (!row || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
      const link = row.querySelector("[data-beside]");
      stand(row);
      if (event.target.closest("[data-beside]")) {
        mark(row);
        if (!NARROW.matches) return;
        event.preventDefault();
        event.stopPropagation();
        window.svetofor.openDrawer(link.getAttribute("hx-get"));
      } else if (!event.target.closest(INTERACTIVE) && String(window.getSelection()) === "") {
        event.preventDefault();
        event.stopPropagation();
        link.click();
      }
    },
    true,
  );

  let waiting = 0;
  const showSoon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const row = current();
      if (row && !NARROW.matches && !row.classList.contains("is-chosen")) row.querySelector("[data-beside]")?.click();
    }, PAUSE);
  };

  // --- keys on the row one stands on
  document.addEventListener("keydown", (event) => {
    if (!day() || blocked(event)) return;
    const letter = event.code.startsWith("Key") ? event.code.slice(3).toLowerCase() : "";
    if (letter === "j" || letter === "k") return showSoon();
    const row = current();
    if (!row || !letter) return;
    if (letter === "l") {
      const menu = row.querySelector("[data-later]");
      if (!menu) return;
      event.preventDefault();
      menu.open = true;
      menu.querySelector("button")?.focus();
      return;
    }
    const button = row.querySelector(`[data-row-key="${letter}"]`);
    if (!button) return;
    event.preventDefault();
    button.click();
  });

  // --- re-planning by dragging a row onto a day
  let dragged = null;
  const cell = (event) => (dragged ? event.target.closest?.("[data-day]") : null);
  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("[data-replan]");
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.querySelector("[data-beside]")?.textContent ?? "");
    dragged.classList.add("is-dragged");
    day().classList.add("is-dragging");
  });
  document.addEventListener("dragend", () => {
    dragged?.classList.remove("is-dragged");
    day()?.classList.remove("is-dragging");
    dragged = null;
  });
  for (const type of ["dragenter", "dragover"]) {
    document.addEventListener(type, (event) => {
      const over = cell(event);
      if (!over) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "move";
      over.classList.add("is-over");
    });
  }
  document.addEventListener("dragleave", (event) => {
    const left = cell(event);
    if (left && !left.contains(event.relatedTarget)) left.classList.remove("is-over");
  });
  document.addEventListener("drop", (event) => {
    const target = cell(event);
    if (!target) return;
    event.preventDefault();
    target.classList.remove("is-over");
    window.htmx.ajax("POST", dragged.dataset.replan, { source: dragged, swap: "none", values: { day: target.dataset.day } });
  });

  // --- the list is read anew: one stays where one stood
  let place = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target?.id !== "my-day") return;
    const rows = [...day().querySelectorAll("[data-rows] [data-href]")];
    place = { id: current()?.id, index: rows.indexOf(current()), focused: day().contains(document.activeElement) };
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (!place || !day()) return;
    const { id, index, focused } = place;
    place = null;
    if (index < 0) return;
    const rows = [...day().querySelectorAll("[data-rows] [data-href]")];
    const row = document.getElementById(id) || rows[Math.min(index, rows.length - 1)];
    if (!row) return;
    stand(row);
    if (focused || document.activeElement === document.body) row.querySelector("a[href]")?.focus({ preventScroll: true });
  });
})();
