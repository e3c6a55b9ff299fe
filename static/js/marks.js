// Marking rows: a box, Shift and click (or Shift-X) for a range, x for the row one is on, a for all, b to the bar of what to do.
(() => {
  const scopeOf = (element) => element.closest("[data-list]") || document;
  const boxesOf = (scope) => [...scope.querySelectorAll("[data-check]")];
  let last = null;
  let shift = false;

  const show = (scope) => {
    const boxes = boxesOf(scope);
    const marked = boxes.filter((box) => box.checked).length;
    const every = scope.querySelector("[data-check-all]");
    if (every) {
      every.checked = marked > 0 && marked === boxes.length;
      every.indeterminate = marked > 0 && marked < boxes.length;
    }
    for (const bar of scope.querySelectorAll("[data-bulk]")) {
      const all = bar.querySelector("[data-bulk-all]");
      if (all && marked < boxes.length) all.checked = false;
      const count = all?.checked ? all.dataset.bulkAll : String(marked);
      bar.hidden = marked === 0;
      for (const place of bar.querySelectorAll("[data-bulk-count]")) place.textContent = count;
      const said = scope.querySelector("[data-bulk-said]");
      const words = bar.querySelector("[data-bulk-words]")?.textContent.trim() || "";
      if (said && said.dataset.count !== count) said.textContent = words;
      if (said) said.dataset.count = count;
    }
  };

  const mark = (box, checked, ranging) => {
    const boxes = boxesOf(scopeOf(box));
    const from = ranging ? boxes.indexOf(last) : -1;
    const to = boxes.indexOf(box);
    const range = from < 0 ? [box] : boxes.slice(Math.min(from, to), Math.max(from, to) + 1);
    for (const each of range) each.checked = checked;
    last = box;
    show(scopeOf(box));
  };

  // A change does not tell whether Shift was held; the click before it does.
  document.addEventListener("click", (event) => {
    if (event.target.matches?.("[data-check]")) shift = event.shiftKey;
    if (event.target.closest?.("[data-bulk-clear]")) {
      const scope = scopeOf(event.target);
      for (const box of boxesOf(scope)) box.checked = false;
      show(scope);
      (scope.querySelector("[data-rows] .is-current a[href]") || scope.querySelector("[data-check-all]"))?.focus();
    }
  });
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box.matches("[data-check]")) mark(box, box.checked, shift);
    else if (box.matches("[data-check-all], [data-bulk-all]")) {
      if (box.checked || box.matches("[data-check-all]")) for (const each of boxesOf(scopeOf(box))) each.checked = box.checked;
      show(scopeOf(box));
    } else return;
    shift = false;
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
    if (event.code === "KeyX") {
      const box = document.querySelector("[data-rows] .is-current [data-check]");
      if (box) mark(box, event.shiftKey || !box.checked, event.shiftKey);
    } else if (event.code === "KeyA" && !event.shiftKey) {
      // All of the page, then all of the list, then none.
      const every = document.querySelector("[data-check-all]");
      const whole = document.querySelector("[data-bulk-all]");
      (every?.checked && whole && !whole.checked ? whole : every)?.click();
    } else if (event.code === "KeyB" && !event.shiftKey) {
      const bar = document.querySelector("[data-bulk]:not([hidden])");
      (bar?.querySelector("button, summary"))?.focus();
    }
  });

  // A list that reads itself anew keeps its marks; what is not on it any more is not marked.
  const kept = new Map();
  document.addEventListener("htmx:beforeSwap", (event) => {
    const list = event.detail.target;
    if (list?.matches?.("[data-list]")) kept.set(list.id, boxesOf(list).filter((box) => box.checked).map((box) => box.value));
  });
  const restore = (list) => {
    const marked = new Set(kept.get(list.id));
    kept.delete(list.id);
    const boxes = boxesOf(list);
    for (const box of boxes) if (marked.has(box.value)) box.checked = true;
    if (boxes.length) show(list);
  };
  document.addEventListener("htmx:load", (event) => {
    const list = event.detail.elt.closest?.("[data-list]");
    if (list) restore(list);
  });
  // Back from another page: the browser has kept the boxes, but not the bar.
  window.addEventListener("pageshow", () => document.querySelectorAll("[data-list]").forEach((list) => boxesOf(list).length && show(list)));
})();
