// The bell: asks every half minute what is new, as long as the page is looked at; says reminders in a toast, puts the
// number into the tab's title, and fills its menu when it is opened. Quiet when the network is away.
(() => {
  const bell = document.querySelector("[data-bell]");
  if (!bell) return;
  const PERIOD = 30000;
  const KEY = `bell-seen-${bell.dataset.bellUser}`;
  const title = document.title;
  let count = Number(bell.dataset.bellCount);
  let busy = false;
  let over = false;

  // What was told between two pages, or in another tab, is known by the newest notice this browser has heard of.
  let memory = null;
  const seen = () => {
    try {
      return Number(localStorage.getItem(KEY) ?? memory);
    } catch {
      return Number(memory);
    }
  };
  const remember = (newest) => {
    memory = Math.max(newest, seen());
    try {
      localStorage.setItem(KEY, String(memory));
    } catch {
      // A browser that keeps nothing hears what comes while the page is open.
    }
  };
  const known = () => {
    try {
      return localStorage.getItem(KEY) !== null;
    } catch {
      return false;
    }
  };

  const tell = () => {
    const number = count > 99 ? "99+" : count;
    document.title = count ? `(${number}) ${title}` : title;
  };

  const ask = async () => {
    if (busy || over || document.hidden) return;
    busy = true;
    try {
      const url = new URL(bell.dataset.bell, window.location.href);
      url.searchParams.set("seen", String(seen()));
      url.searchParams.set("count", String(count));
      const answer = await fetch(url, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
      // Signed out: the next click will say so.
      if (answer.headers.has("HX-Redirect") || [401, 403, 404].includes(answer.status)) over = true;
      if (answer.status !== 200) return;
      const pieces = await answer.text();
      count = Number(answer.headers.get("Bell-Count"));
      remember(Number(answer.headers.get("Bell-Newest")));
      window.htmx.swap(bell, pieces, { swapStyle: "none" });
      tell();
    } catch {
      // No network: the next round asks again.
    } finally {
      busy = false;
    }
  };

  bell.addEventListener("toggle", () => {
    if (bell.open) window.htmx.trigger(bell.querySelector("[data-bell-menu]"), "bell-open");
  });

  if (!known()) remember(Number(bell.dataset.bellNewest));
  else if (Number(bell.dataset.bellNewest) > seen()) ask();
  tell();
  setInterval(ask, PERIOD);
  document.addEventListener("visibilitychange", ask);
})();
