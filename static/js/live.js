// What changes under an open page: asks a light address every few seconds, as long as the page is looked at, and puts
// what comes back in its place (out-of-band pieces). Quiet: no progress bar, no message when the network is away.
(() => {
  const PERIOD = 5000;
  const NAMES = { seen: "liveSeen", budget: "liveBudget", open: "liveOpen", arrived: "liveArrived", card: "liveCard" };
  let busy = false;
  let over = false;

  const address = (box) => {
    const url = new URL(box.dataset.live, window.location.href);
    const ids = [...document.querySelectorAll("[data-live-id]")].map((each) => each.dataset.liveId);
    url.searchParams.set("ids", ids.join(","));
    for (const [name, key] of Object.entries(NAMES)) {
      if (box.dataset[key] !== undefined) url.searchParams.set(name, box.dataset[key]);
    }
    // A client becomes free at a moment known beforehand: its row is due then.
    if (box.dataset.liveOpens && Date.now() / 1000 >= Number(box.dataset.liveOpens)) url.searchParams.set("fresh", "1");
    return url;
  };

  // What the person has marked and where he stands outlive the row.
  const remember = () => ({
    marked: [...document.querySelectorAll("[data-check]:checked")].map((box) => box.value),
    row: document.activeElement?.closest("tr[id]")?.id,
  });
  const restore = ({ marked, row }) => {
    for (const box of document.querySelectorAll("[data-check]")) if (marked.includes(box.value)) box.checked = true;
    recount();
    if (row && document.activeElement === document.body) document.getElementById(row)?.querySelector("a[href]")?.focus();
  };
  const recount = () => {
    const box = document.querySelector("[data-check]");
    if (box) box.dispatchEvent(new Event("change", { bubbles: true }));
    else for (const bar of document.querySelectorAll("[data-bulk]")) bar.hidden = true;
  };

  const ask = async () => {
    const box = document.querySelector("[data-live]");
    if (!box || busy || over || document.hidden) return;
    busy = true;
    try {
      const answer = await fetch(address(box), { headers: { "HX-Request": "true" }, credentials: "same-origin" });
      // Signed out, or the address is gone: the next click will say so.
      if (answer.headers.has("HX-Redirect") || [401, 403, 404].includes(answer.status)) over = true;
      if (answer.status !== 200) return;
      const pieces = await answer.text();
      // The list was read anew meanwhile: what was asked is not what stands there.
      if (!box.isConnected) return;
      const before = remember();
      window.htmx.swap(box, pieces, { swapStyle: "none" });
      restore(before);
    } catch {
      // No network: the next round asks again.
    } finally {
      busy = false;
    }
  };

  setInterval(ask, PERIOD);
  document.addEventListener("visibilitychange", ask);
  // After a claim the other rows may say something else.
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.requestConfig?.verb !== "post" || !document.querySelector("[data-live]")) return;
    setTimeout(() => {
      recount();
      ask();
    }, 50);
  });
})();
