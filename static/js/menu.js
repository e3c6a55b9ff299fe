// Menus are <details>; this closes them on Escape, on a click elsewhere and when another one opens, and gives them arrows.
(() => {
  const open = () => document.querySelectorAll("details[data-menu][open]");

  document.addEventListener("click", (event) => {
    for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
  });

  // One that would run off the right edge opens to the left.
  document.addEventListener(
    "toggle",
    ({ target: menu }) => {
      if (!menu.matches("details[data-menu][open]")) return;
      menu.classList.remove("is-end");
      const body = menu.querySelector(".sv-menu-body");
      menu.classList.toggle("is-end", Boolean(body) && body.getBoundingClientRect().right > document.documentElement.clientWidth);
    },
    true,
  );

  document.addEventListener("keydown", (event) => {
    const menu = event.target.closest?.("details[data-menu][open]");
    if (event.key === "Escape") {
      for (const each of open()) {
        each.open = false;
        if (each.contains(document.activeElement)) each.querySelector("summary").focus();
      }
    }
    if (!menu || !["ArrowDown", "ArrowUp"].includes(event.key) || event.target.matches("select, textarea, input")) return;
    const items = [...menu.querySelectorAll(".sv-menu-item")].filter((item) => item.offsetParent);
    if (!items.length) return;
    event.preventDefault();
    const here = items.indexOf(document.activeElement);
    const step = event.key === "ArrowDown" ? 1 : -1;
    items[(here + step + items.length) % items.length].focus();
  });
})();
