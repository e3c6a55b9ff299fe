// Facts edited in their place: "e" opens the one that has the focus (or goes to the first), Esc puts it back, Enter
// saves also in a list of choices. What was unknown is shown while it is edited.
(() => {
  const typing = (target) => target.closest?.("input, textarea, select, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.("[data-fact-form]");
    if (form) {
      if (event.key === "Escape") {
        event.preventDefault();
        delete form.dataset.dirty;
        form.querySelector("[data-fact-cancel]").click();
      } else if (event.key === "Enter" && event.target.matches("select")) {
        event.preventDefault();
        form.requestSubmit();
      }
      return;
    }
    if (event.code !== "KeyE" || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    const pencil = event.target.closest?.("[data-fact]")?.querySelector(".cl-pencil");
    event.preventDefault();
    if (pencil) pencil.click();
    else [...document.querySelectorAll("[data-fact] .cl-pencil")].find((each) => each.offsetParent)?.focus();
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-fact-edit]");
    if (!link || !window.htmx || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    window.htmx.ajax("GET", link.href, { target: `#fact-${link.dataset.factEdit}`, swap: "outerHTML" });
  });

  // What is there is written over by typing, as in a table; what was refused is mended.
  // Once, and at once: later it would take away what somebody quick has typed meanwhile.
  document.addEventListener("htmx:afterSwap", () => {
    const field = document.querySelector("[data-fact-form] input[autofocus]:not(.is-invalid):not([data-selected])");
    if (!field) return;
    field.dataset.selected = "";
    field.focus();
    field.select();
  });

  // The form of an unknown fact stands where facts are folded away on a phone.
  document.addEventListener("htmx:afterSwap", (event) => {
    const folded = document.activeElement?.closest("details:not([open])") || event.target.closest?.("details:not([open])");
    if (folded) folded.open = true;
  });
})();
