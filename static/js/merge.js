/* Merging two clients: one press takes every fact of one of them. */
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-merge-all]");
  if (!button) return;
  const form = button.closest("[data-merge]");
  form.querySelectorAll(`input[type=radio][value="${button.dataset.mergeAll}"]`).forEach((radio) => {
    if (!radio.disabled) radio.checked = true;
  });
  form.dispatchEvent(new Event("change", { bubbles: true }));
});
