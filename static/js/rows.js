// Rows that open: a click anywhere on them, middle click in a tab, j and k to walk, links stay links. Marking them is in marks.js.
(() => {
  const INTERACTIVE = "a, button, input, select, textarea, label, summary, details, form";
  const row = (target) => (target.closest(INTERACTIVE) ? null : target.closest("[data-href]"));
  const selecting = () => String(window.getSelection()) !== "";

  document.addEventListener("click", (event) => {
    const hit = row(event.target);
    if (!hit || event.defaultPrevented || selecting()) return;
    if (event.ctrlKey || event.metaKey) window.open(hit.dataset.href, "_blank", "noopener");
    else window.location.assign(hit.dataset.href);
  });
  document.addEventListener("auxclick", (event) => {
    const hit = event.button === 1 ? row(event.target) : null;
    if (!hit) return;
    event.preventDefault();
    window.open(hit.dataset.href, "_blank", "noopener");
  });
  // Without this Chromium starts scrolling on middle click.
  document.addEventListener("mousedown", (event) => {
    if (event.button === 1 && row(event.target)) event.preventDefault();
  });

  // On a phone each cell says what it is: by the heading of its column.
  const name = () => {
    for (const table of document.querySelectorAll("table[data-headed]")) {
      const heads = [...table.tHead.rows[0].cells].map((head) => (head.matches(".sv-cell-check") ? "" : head.textContent.trim()));
      for (const each of table.tBodies[0].rows)
        for (const cell of each.cells)
          if (heads[cell.cellIndex] && !cell.matches(".sv-cell-main, .sv-cell-actions, [colspan]")) cell.dataset.label = heads[cell.cellIndex];
    }
  };
  name();
  document.addEventListener("htmx:afterSwap", name);
  document.addEventListener("htmx:oobAfterSwap", name);

  const step = (by) => {
    const rows = [...document.querySelectorAll("[data-rows] [data-href]")].filter((each) => each.offsetParent);
    if (!rows.length) return;
    const here = rows.findIndex((each) => each.classList.contains("is-current"));
    const next = rows[here < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.max(0, Math.min(rows.length - 1, here + by))];
    rows[here]?.classList.remove("is-current");
    next.classList.add("is-current");
    next.querySelector("a[href]")?.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
    if (event.code === "KeyJ") step(1);
    else if (event.code === "KeyK") step(-1);
  });
})();
