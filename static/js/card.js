// The client card: on a phone the facts are folded away, and opened by a link to them; on paper everything is open.
(() => {
  const PHONE = window.matchMedia("(max-width: 639.98px)");
  const about = () => document.querySelectorAll("details[data-fold-phone]");

  const fold = () => about().forEach((each) => (each.open = !PHONE.matches));
  fold();
  PHONE.addEventListener("change", fold);

  const reveal = () => {
    const wanted = window.location.hash.length > 1 && document.getElementById(window.location.hash.slice(1));
    const folded = wanted && (wanted.matches("details") ? wanted : wanted.closest("details"));
    if (!folded || folded.open) return;
    folded.open = true;
    wanted.scrollIntoView();
  };
  reveal();
  window.addEventListener("hashchange", reveal);

  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("main details:not([open])")].filter((each) => !each.matches(".sv-menu"));
    opened.forEach((each) => (each.open = true));
  });
  window.addEventListener("afterprint", () => opened.forEach((each) => (each.open = false)));
})();
