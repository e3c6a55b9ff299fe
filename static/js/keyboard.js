// The keyboard: / search, Ctrl-K palette, c contact, n new client, ? help. Rows (j, k) are in rows.js.
(() => {
  const typing = (target) => target.closest?.("input, textarea, select, [contenteditable]");
  const show = (id) => {
    const dialog = document.getElementById(id);
    if (dialog && !dialog.open) dialog.showModal();
    return dialog;
  };

  const palette = () => {
    const dialog = show("palette");
    if (!dialog) return;
    const input = dialog.querySelector("#palette-input");
    input.select();
    input.focus();
  };

  const contact = () => {
    const row = document.querySelector("[data-rows] .is-current");
    const hook = row?.querySelector("[data-register-contact]") || document.querySelector("[data-register-contact]");
    if (!hook) return false;
    if (hook.matches("a, button, summary")) hook.click();
    else (hook.querySelector("textarea") || hook.querySelector("input:not([type=hidden]), select"))?.focus();
    return true;
  };

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.code === "KeyK") {
      event.preventDefault();
      palette();
      return;
    }
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
    } else if (letter && !event.shiftKey) {
      if (letter === "c" && contact()) {
        event.preventDefault();
        return;
      }
      const link = document.querySelector(`[data-key="${letter}"]`);
      if (link) {
        event.preventDefault();
        link.click();
      }
    }
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-help]")) show("help-dialog");
  });

  const dialog = document.getElementById("palette");
  if (!dialog) return;
  const input = dialog.querySelector("#palette-input");
  const pages = [...dialog.querySelectorAll("[data-palette-pages] li")];
  const fold = (words) => words.toLowerCase().replaceAll("ё", "е");

  input.addEventListener("input", () => {
    const wanted = fold(input.value.trim());
    for (const page of pages) page.hidden = wanted !== "" && !fold(page.textContent).includes(wanted);
    if (!wanted) dialog.querySelector("#palette-results").replaceChildren();
  });
  // Nothing typed, nothing to look up.
  input.addEventListener("htmx:configRequest", (event) => {
    if (!input.value.trim()) event.preventDefault();
  });
  dialog.addEventListener("keydown", (event) => {
    const links = [...dialog.querySelectorAll(".sv-palette-body a")].filter((link) => link.offsetParent);
    if (!links.length) return;
    const here = links.indexOf(document.activeElement);
    if (event.key === "Enter" && document.activeElement === input) {
      event.preventDefault();
      links[0].click();
    } else if (event.key === "ArrowDown") {
      event.preventDefault();
      links[Math.min(here + 1, links.length - 1)].focus();
    } else if (event.key === "ArrowUp") {
      event.preventDefault();
      if (here <= 0) input.focus();
      else links[here - 1].focus();
    }
  });
})();
