// The keyboard: / search, c contact, n new client, 1 … 9 pinned views, ? help. Rows (j, k) are in rows.js, Ctrl-K is in palette.js.
(() => {
  const typing = (target) => target.closest?.("input, textarea, select, [contenteditable]");
  const show = (id) => {
    const dialog = document.getElementById(id);
    if (dialog && !dialog.open) dialog.showModal();
    return dialog;
  };

  const contact = () => {
    // With the client of the row one stands on, else of the page; else he is asked for (the + menu's entry).
    const row = document.querySelector("[data-rows] .is-current");
    const ofPage = [...document.querySelectorAll("[data-register-contact]")].find((each) => !each.closest("[data-rows]"));
    const hook = row?.querySelector("[data-register-contact]") || ofPage;
    if (!hook) return false;
    if (hook.matches("a, button, summary")) hook.click();
    else (hook.querySelector("textarea") || hook.querySelector("input:not([type=hidden]), select"))?.focus();
    return true;
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
    // Letters by their place on the keyboard, so that they work in the Russian layout too.
    const letter = event.code.startsWith("Key") ? event.code.slice(3).toLowerCase() : "";
    if (event.key === "?" || (event.shiftKey && event.code === "Slash")) {
      event.preventDefault();
      show("help-dialog");
    } else if (event.code === "Slash" || event.key === "/") {
      event.preventDefault();
      const search = document.querySelector("[data-search]");
      search?.focus();
      search?.select();
    } else if (/^Digit[1-9]$/.test(event.code) && !event.shiftKey) {
      document.querySelectorAll("[data-pinned-view]")[event.code.slice(5) - 1]?.click();
    } else if (letter && !event.shiftKey) {
      if (letter === "c" && contact()) {
        event.preventDefault();
        return;
      }
      const wanted = `[data-key="${letter}"]`;
      const link = document.querySelector(`[data-rows] .is-current ${wanted}`) || document.querySelector(wanted);
      if (link) {
        event.preventDefault();
        link.click();
      }
    }
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-help]")) show("help-dialog");
  });
})();
