// A press that comes before the deferred scripts have run is not lost: it is kept, and done once they have. Links,
// submit buttons and typing are left alone, since they work without scripts.
(() => {
  const kept = [];
  const onButton = (event) => {
    const button = event.target.closest("button[type=button]");
    if (!button) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    kept.push(() => button.click());
  };
  const onKey = (event) => {
    const { target } = event;
    if (target.closest("input, select, textarea") && !event.ctrlKey && !event.metaKey) return;
    event.stopImmediatePropagation();
    kept.push(() => target.dispatchEvent(new KeyboardEvent("keydown", event)));
  };
  document.addEventListener("click", onButton, { capture: true });
  document.addEventListener("keydown", onKey, { capture: true });
  document.addEventListener("DOMContentLoaded", () => {
    // After everybody else who waits for this event, htmx among them.
    setTimeout(() => {
      document.removeEventListener("click", onButton, { capture: true });
      document.removeEventListener("keydown", onKey, { capture: true });
      kept.forEach((press) => press());
    });
  });
})();
