// Nothing typed is lost by accident: a form with data-guard asks before the page is left.
(() => {
  const mark = (event) => {
    const form = event.target.form || event.target.closest?.("form");
    if (form?.matches("[data-guard]") && event.isTrusted) form.dataset.dirty = "";
  };
  document.addEventListener("input", mark);
  document.addEventListener("change", mark);

  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-guard]")) delete event.target.dataset.dirty;
  });
  // A form that came back with errors still holds what was typed.
  document.querySelectorAll("form[data-guard]").forEach((form) => {
    if (form.querySelector(".is-invalid, .sv-form-errors")) form.dataset.dirty = "";
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    event.target.querySelectorAll?.("form[data-guard]").forEach((form) => {
      if (form.querySelector(".is-invalid, .sv-form-errors")) form.dataset.dirty = "";
    });
  });

  window.addEventListener("beforeunload", (event) => {
    if (document.querySelector("form[data-guard][data-dirty]")) event.preventDefault();
  });
})();
