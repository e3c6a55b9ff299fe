// A press that comes before the deferred scripts have run is not lost: it is kept, and done once they have. Links,
// submit buttons and typing are left alone, since they work without scripts. What is typed after such a press belongs
// where the press leads: Ctrl-K and the words one looks for come in one go.
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
    const { target, key } = event;
    const isModified = event.ctrlKey || event.metaKey;
    if (target.closest("input, select, textarea") && !isModified) return;
    event.stopImmediatePropagation();
    // The browser has a search of its own under these.
    if (key === "/" || (isModified && event.code === "KeyK")) event.preventDefault();
    kept.push(() => {
      const field = document.activeElement;
      const isLed = field !== target && field.matches("input, textarea");
      const goesOn = (isLed ? field : target).dispatchEvent(new KeyboardEvent("keydown", event));
      if (isLed && goesOn && key.length === 1 && !isModified && !event.altKey) document.execCommand("insertText", false, key);
    });
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
