// Toasts: closed by hand or by time (errors and reminders stay), and said when a request fails.
(() => {
  const LIFE = 7000;
  const region = () => document.getElementById("toasts");

  const live = (toast) => {
    if (toast.dataset.live !== undefined) return;
    toast.dataset.live = "";
    if (toast.dataset.toast === "error" || toast.dataset.toastStays !== undefined) return;
    let timer = setTimeout(() => toast.remove(), LIFE);
    // Nobody is hurried while he reads or reaches for Undo.
    for (const type of ["mouseenter", "focusin"]) toast.addEventListener(type, () => clearTimeout(timer));
    for (const type of ["mouseleave", "focusout"]) {
      toast.addEventListener(type, () => {
        clearTimeout(timer);
        timer = setTimeout(() => toast.remove(), LIFE / 2);
      });
    }
  };

  const say = (words) => {
    const toast = document.getElementById("toast-template").content.firstElementChild.cloneNode(true);
    toast.querySelector(".sv-toast-text").textContent = words;
    region().append(toast);
    live(toast);
  };

  const start = () => {
    region().querySelectorAll("[data-toast]").forEach(live);
    new MutationObserver(() => region().querySelectorAll("[data-toast]").forEach(live)).observe(region(), { childList: true });
  };

  document.addEventListener("click", (event) => {
    const close = event.target.closest("[data-toast-close]");
    if (close) close.closest("[data-toast]").remove();
  });

  document.addEventListener("htmx:responseError", (event) => {
    const words = document.body.dataset;
    const status = event.detail.xhr.status;
    say(status === 403 ? words.textForbidden : status === 404 ? words.textGone : words.textError);
  });
  document.addEventListener("htmx:sendError", () => say(document.body.dataset.textOffline));
  document.addEventListener("htmx:timeout", () => say(document.body.dataset.textOffline));

  let running = 0;
  document.addEventListener("htmx:beforeRequest", () => {
    running += 1;
    document.body.classList.add("is-busy");
  });
  document.addEventListener("htmx:afterRequest", () => {
    running = Math.max(0, running - 1);
    if (!running) document.body.classList.remove("is-busy");
  });

  start();
})();
