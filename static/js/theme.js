// Sets the theme before the first paint, follows the system when nobody pinned one, and switches without a reload. On
// paper it is light, whatever the screen is.
(() => {
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const paper = window.matchMedia("print");
  const apply = () => {
    const chosen = paper.matches ? "light" : root.dataset.theme || "auto";
    root.dataset.bsTheme = chosen === "auto" ? (system.matches ? "dark" : "light") : chosen;
  };
  root.dataset.js = "";
  apply();
  system.addEventListener("change", apply);
  paper.addEventListener("change", apply);

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const button = event.submitter;
    if (!form.matches("[data-theme-form]") || !button) return;
    event.preventDefault();
    root.dataset.theme = button.value;
    apply();
    for (const other of document.querySelectorAll("[data-theme-form] button")) {
      other.setAttribute("aria-pressed", String(other.value === button.value));
    }
    const data = new FormData(form);
    data.set("theme", button.value);
    fetch(form.action, { method: "POST", body: data, redirect: "manual" }).catch(() => {});
  });

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-rail-toggle]")) return;
    const narrow = root.dataset.rail !== "narrow";
    if (narrow) root.dataset.rail = "narrow";
    else delete root.dataset.rail;
    document.cookie = `rail=${narrow ? "narrow" : "wide"}; path=/; max-age=31536000; samesite=lax`;
  });
})();
