// After a call: who pressed a tel: link is asked for the result when he is back – in the drawer on the page he called
// from, by a quiet bar anywhere else, and never while he types. Once: what was offered or closed is not offered again.
(() => {
  const KEY = "svetofor.call";
  const AWAY = 3000;
  const LIFE = 30 * 60 * 1000;
  const bar = document.querySelector("[data-call-bar]");
  if (!bar) return;

  const read = () => {
    try {
      const call = JSON.parse(sessionStorage.getItem(KEY));
      return call && Date.now() - call.at < LIFE ? call : null;
    } catch {
      return null;
    }
  };
  const forget = () => {
    sessionStorage.removeItem(KEY);
    bar.hidden = true;
  };
  const form = (call) => {
    const url = new URL(bar.dataset.callUrl.replace("/0/", `/${call.client}/`), window.location.href);
    url.searchParams.set("call", "1");
    if (call.person) url.searchParams.set("person", call.person);
    // The client's own card is read anew afterwards; elsewhere the lists are.
    if (window.location.pathname === `/clients/${call.client}/`) url.searchParams.set("reload", "1");
    return url.href;
  };

  document.addEventListener(
    "click",
    (event) => {
      const link = event.target.closest?.("a[data-call]");
      if (!link?.dataset.call) return;
      const { call: client, callPerson: person, callName: name } = link.dataset;
      sessionStorage.setItem(KEY, JSON.stringify({ client, person, name, at: Date.now(), path: window.location.pathname }));
      bar.hidden = true;
    },
    true,
  );

  const isBusy = () => {
    const field = document.activeElement;
    return Boolean(document.querySelector("dialog[open], form[data-dirty]") || field?.matches("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]"));
  };
  const showBar = (call) => {
    bar.querySelector("[data-call-who]").textContent = call.name || bar.dataset.callSomebody;
    bar.hidden = false;
  };

  const back = () => {
    const call = read();
    if (!call || document.hidden || Date.now() - call.at < AWAY) return;
    if (call.path !== window.location.pathname || isBusy()) return showBar(call);
    forget();
    window.svetofor.openDrawer(form(call));
  };
  document.addEventListener("visibilitychange", back);
  window.addEventListener("focus", back);
  window.addEventListener("pageshow", back);

  bar.addEventListener("click", (event) => {
    const call = read();
    if (event.target.closest("[data-call-later]") || !call) forget();
    else if (event.target.closest("[data-call-tell]")) {
      forget();
      window.svetofor.openDrawer(form(call));
    }
  });
  // Written down in another way: nothing left to ask.
  document.addEventListener("htmx:afterRequest", (event) => {
    const call = read();
    if (call && event.detail.successful && event.detail.requestConfig?.verb === "post" && event.detail.requestConfig.path.startsWith(`/clients/${call.client}/contact/`)) forget();
  });

  // He has gone on to another page of the app: asked at once, quietly.
  const call = read();
  if (call && call.path !== window.location.pathname) showBar(call);
})();
