// Forms: Ctrl-Enter saves, one click is one submit, the first error or the field in the address gets the focus, empty
// filters stay out of the address.
(() => {
  const BUSY = 10000;

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    const form = event.target.closest?.("form");
    if (!form || form.method === "dialog") return;
    event.preventDefault();
    form.requestSubmit(form.querySelector("button[type=submit], button:not([type])"));
  });

  // In the capturing phase: before htmx, which listens on the form itself, and after the question of dialog.js.
  const submitted = (event) => {
    const form = event.target;
    if (form.method === "get") {
      const empty = [...form.elements].filter((field) => field.name && field.value === "" && !field.disabled);
      for (const field of empty) field.disabled = true;
      setTimeout(() => empty.forEach((field) => (field.disabled = false)), 0);
      return;
    }
    if (!form.matches("[data-submit]")) return;
    if (form.dataset.sent !== undefined) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    form.dataset.sent = "";
    const button = event.submitter || form.querySelector("button[type=submit], button:not([type])");
    button?.setAttribute("data-busy", "");
    // Should the answer never come, the person may try again.
    setTimeout(() => free(form), BUSY);
  };
  document.addEventListener("submit", submitted, true);

  const free = (form) => {
    delete form.dataset.sent;
    form.querySelectorAll("[data-busy]").forEach((button) => button.removeAttribute("data-busy"));
  };
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest?.("form[data-submit]");
    if (form) free(form);
  });
  // Back in the browser brings the page as it was left: let its forms be sent again.
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(free));

  // A search field has asked while it was typed into; leaving it must not draw the list anew, under what is typed next.
  document.addEventListener("change", (event) => {
    if (event.target.matches("form[data-filters] [type=search]")) event.stopPropagation();
  }, true);

  // An address that names a field leads to it: whatever folds it is opened, and one types at once.
  const named = window.location.hash.length > 1 && document.getElementById(window.location.hash.slice(1));
  if (named && named.matches("form :is(input, select, textarea)")) {
    for (let fold = named.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    named.focus();
  }

  const focusError = (root) => {
    const field = root.querySelector("form .is-invalid") || root.querySelector("form [role=alert].sv-form-errors");
    if (field) field.focus();
  };
  focusError(document);
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.matches?.("[data-form], #drawer-body")) focusError(event.target);
  });

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get" || !event.target.matches?.("form")) return;
    for (const [name, value] of [...event.detail.formData.entries()]) {
      if (value === "") event.detail.formData.delete(name);
    }
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.requestConfig?.elt?.closest?.("[data-scroll-top]")) window.scrollTo({ top: 0 });
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) navigator.clipboard?.writeText(button.dataset.copy);
  });
})();
