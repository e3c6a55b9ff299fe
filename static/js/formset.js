// Rows of a formset: "add another" copies the empty row, "remove" of a row that was never saved takes it away.
(() => {
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-formset-add]");
    if (!button) return;
    const set = button.closest("[data-formset]");
    const total = set.querySelector(`[name="${set.dataset.formset}-TOTAL_FORMS"]`);
    const index = Number(total.value);
    const row = set.querySelector("[data-formset-empty]").content.firstElementChild.cloneNode(true);
    for (const part of row.querySelectorAll("[name], [id], [for]")) {
      for (const attribute of ["name", "id", "for"]) {
        const value = part.getAttribute(attribute);
        if (value) part.setAttribute(attribute, value.replace("__prefix__", index));
      }
    }
    set.querySelector("[data-formset-rows]").append(row);
    total.value = String(index + 1);
    row.querySelector("input:not([type=hidden])")?.focus();
  });

  document.addEventListener("change", (event) => {
    const box = event.target.closest?.("[name$='-DELETE']");
    if (box) box.closest("[data-formset-row]")?.classList.toggle("is-removed", box.checked);
  });
})();
