// Fields with lines under them: the palette (Ctrl-K), the search on top of every page (/), and choosing a client in the
// drawer. The focus stays in the field, the lines are a listbox; what is local is matched at once, the rest is asked for.
(() => {
  const PAUSE = 120;
  const LATIN = "`qwertyuiop[]asdfghjkl;'zxcvbnm,.";
  const CYRILLIC = "ёйцукенгшщзхъфывапролджэячсмитьбю";
  const palette = document.getElementById("palette");
  let finders = 0;

  const fold = (words) => words.toLowerCase().replaceAll("ё", "е").trim();
  // Typed with the other keyboard layout on.
  const switched = (words) => {
    const [from, to] = /[a-z]/.test(words) ? [LATIN, CYRILLIC] : [CYRILLIC, LATIN];
    return fold([...words].map((letter) => to[from.indexOf(letter)] ?? letter).join(""));
  };
  const starts = (name, wanted) => name.startsWith(wanted) || name.includes(` ${wanted}`);

  // The pages and actions of the palette come as bare links.
  const element = (name, attributes, ...inside) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...inside);
    return made;
  };
  for (const link of palette?.querySelectorAll("[data-finder-local] a[data-icon]") ?? []) {
    const row = element("div", { class: "sv-found-row", role: "presentation" });
    link.replaceWith(row);
    const { icon, letter } = link.dataset;
    const words = element("span", { class: "sv-found-words" }, link.textContent.trim());
    for (const [key, value] of Object.entries({ class: "sv-found", role: "option", "aria-selected": "false", tabindex: "-1" })) link.setAttribute(key, value);
    link.replaceChildren(element("i", { class: `bi bi-${icon}`, "aria-hidden": "true" }), words);
    if (letter) link.append(element("kbd", { "aria-hidden": "true" }, letter));
    row.append(link);
  }

  const begin = (root) => {
    const input = root.querySelector("[data-finder-input]");
    const list = root.querySelector("[data-finder-list]");
    const served = root.querySelector("[data-finder-served]");
    const panel = root.querySelector("[data-finder-panel]");
    const status = root.querySelector("[data-finder-status]");
    const isBar = root.dataset.finder === "bar";
    const name = `finder-${(finders += 1)}`;
    let local = root.querySelector("[data-finder-local]");
    let active = null;
    let moved = false;
    let asked = null;
    let timer = 0;
    let running = null;
    let wanted = null;

    if (!local && isBar && palette) {
      local = palette.querySelector("[data-finder-local]").cloneNode(true);
      list.append(local);
    }
    list.id ||= `${name}-list`;
    for (const [key, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-haspopup": "listbox", "aria-controls": list.id, "aria-expanded": "false" }))
      input.setAttribute(key, value);

    // Hidden within the list; the list itself may be closed.
    const isHidden = (option) => {
      const hidden = option.closest("[hidden]");
      return Boolean(hidden) && hidden !== list && list.contains(hidden);
    };
    const shown = () => [...list.querySelectorAll("[role=option]")].filter((option) => !isHidden(option));
    const isOpen = () => !panel.hidden;

    const stand = (option) => {
      active?.setAttribute("aria-selected", "false");
      active = option || null;
      if (!active) return input.removeAttribute("aria-activedescendant");
      active.setAttribute("aria-selected", "true");
      input.setAttribute("aria-activedescendant", active.id);
      active.scrollIntoView({ block: "nearest" });
    };

    // After the lines have changed: names for the new ones, the first is the one Enter takes, and how many there are.
    const settle = () => {
      const options = shown();
      list.querySelectorAll("[role=option]").forEach((option, place) => (option.id = `${name}-${place}`));
      if (!active?.isConnected || isHidden(active) || !moved) stand(isBar ? null : options[0]);
      list.hidden = options.length === 0;
      if (isBar) panel.hidden = options.length === 0 || document.activeElement !== input;
      input.setAttribute("aria-expanded", String(options.length > 0 && isOpen()));
      const nothing = list.querySelector("[data-nothing]");
      status.textContent = nothing ? nothing.textContent.trim() : input.value.trim() ? document.body.dataset.textLines.replace("{n}", options.length) : "";
    };

    // Pages and actions, and what was served before anything was typed, till the answer comes.
    const matchLocal = () => {
      const typed = fold(input.value);
      const readings = typed.length > 2 ? [typed, switched(typed)] : [typed];
      for (const group of [...(local?.children ?? []), ...(asked === "" ? served.children : [])]) {
        let any = false;
        for (const row of group.querySelectorAll(".sv-found-row")) {
          const fits = typed ? readings.some((each) => starts(fold(row.textContent), each)) : !isBar || served.contains(row);
          row.hidden = !fits;
          any ||= fits;
        }
        group.hidden = !any;
      }
    };

    const put = (html) => {
      served.innerHTML = html;
      matchLocal();
      // Pages that fit letter by letter stand before names that are only like it.
      if (local) {
        const groups = [...served.children];
        const unsure = groups.length > 0 && groups.every((group) => group.matches("[data-similar], [data-nothing]"));
        if (unsure) list.prepend(local);
        else list.append(local);
        const nothing = served.querySelector("[data-nothing]");
        if (nothing) nothing.hidden = [...local.children].some((group) => !group.hidden);
      }
      settle();
    };

    const ask = async () => {
      const typed = input.value.trim();
      // On its way already: asking again would begin the waiting anew.
      if (typed === running?.typed) return;
      running?.control.abort();
      running = null;
      if (typed === asked) return;
      const mine = (running = { typed, control: new AbortController() });
      const url = new URL(root.dataset.finderUrl, window.location.href);
      if (typed) url.searchParams.set("q", typed);
      try {
        const answer = await fetch(url, { headers: { "HX-Request": "true" }, credentials: "same-origin", signal: mine.control.signal });
        const elsewhere = answer.headers.get("HX-Redirect");
        if (elsewhere) return window.location.assign(elsewhere);
        if (!answer.ok || mine !== running) return;
        const html = await answer.text();
        if (mine !== running) return;
        asked = typed;
        put(html);
        const act = wanted;
        wanted = null;
        // Who has closed it meanwhile wants nothing any more.
        if (input.offsetParent) act?.();
      } catch (error) {
        if (error.name !== "AbortError") status.textContent = document.body.dataset.textOffline;
      } finally {
        if (mine === running) running = null;
      }
    };
    // Quicker than the answer: a line of it is meant, not of what stands here still.
    const onceAnswered = (act) => {
      if (moved || input.value.trim() === (asked ?? "")) return act();
      wanted = act;
      clearTimeout(timer);
      ask();
    };
    const askSoon = () => {
      clearTimeout(timer);
      timer = setTimeout(ask, PAUSE);
    };

    // Nobody types here any more: who comes back from a call is asked for its result at once (calls.js). Said by us: the
    // browser takes the focus out of a closed dialog only when it next draws the page, which a telephone's dialler hides.
    const leave = () => {
      const isPalette = palette?.contains(root);
      if (isPalette || isBar) input.blur();
      if (isPalette) palette.close();
    };

    const post = (url, next) => {
      const form = Object.assign(document.createElement("form"), { method: "post", action: url, hidden: true });
      const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
      for (const [key, value] of Object.entries({ csrfmiddlewaretoken: token, next }))
        form.append(Object.assign(document.createElement("input"), { type: "hidden", name: key, value }));
      document.body.append(form);
      form.submit();
    };

    const choose = (option, { tab = false } = {}) => {
      if (tab) return window.open(option.href, "_blank", "noopener");
      leave();
      if (option.dataset.linePost) post(option.dataset.linePost, option.getAttribute("href"));
      else if (option.matches("[data-drawer]")) window.svetofor.openDrawer(option.href);
      else window.location.assign(option.href);
    };

    // What can be done with the line without opening it.
    const tool = (selector) => {
      const found = active?.closest(".sv-found-row").querySelector(selector);
      if (!found) return;
      moved = false;
      leave();
      found.click();
    };

    const step = (by) => {
      const options = shown();
      if (!options.length) return;
      if (isBar) panel.hidden = false;
      const here = options.indexOf(active);
      moved = true;
      stand(options[(here + by + options.length + (here < 0 && by < 0 ? 1 : 0)) % options.length]);
      input.setAttribute("aria-expanded", "true");
    };

    root.addEventListener("keydown", (event) => {
      if (event.target !== input || event.isComposing) return;
      const atEnd = input.selectionStart === input.value.length && input.selectionEnd === input.value.length;
      const tab = event.key === "Tab" && !isBar && shown().length > 0;
      if (event.key === "ArrowDown" || (tab && !event.shiftKey)) step(1);
      else if (event.key === "ArrowUp" || (tab && event.shiftKey)) step(-1);
      else if (event.key === "ArrowRight" && atEnd && (active || !isBar)) onceAnswered(() => tool("[data-line-register]"));
      else if (event.key === "Enter" && event.shiftKey) onceAnswered(() => tool("[data-call]"));
      else if (event.key === "Enter" && isBar && !moved) return;
      else if (event.key === "Enter") {
        const how = { tab: event.ctrlKey || event.metaKey };
        onceAnswered(() => active && choose(active, how));
      } else if (event.key === "Escape" && isBar && isOpen()) panel.hidden = true;
      else return;
      event.preventDefault();
      event.stopPropagation();
    });

    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option && event.button === 0) {
        event.preventDefault();
        event.stopPropagation();
        choose(option, { tab: event.ctrlKey || event.metaKey });
      } else if (event.target.closest("[data-line-register], [data-call]")) leave();
    });
    // The focus stays in the field while one clicks.
    list.addEventListener("mousedown", (event) => event.preventDefault());

    input.addEventListener("input", () => {
      moved = false;
      wanted = null;
      matchLocal();
      settle();
      askSoon();
    });

    const open = () => {
      moved = false;
      wanted = null;
      matchLocal();
      settle();
      ask();
    };
    if (isBar) {
      input.addEventListener("focus", () => {
        if (shown().length) panel.hidden = false;
        open();
      });
      input.addEventListener("blur", () => (panel.hidden = true));
    } else if (!palette?.contains(root)) {
      // The lines of the drawer came with it.
      asked = input.value.trim();
      settle();
    }
    return {
      open: () => {
        asked = null;
        open();
      },
    };
  };

  const all = new Map();
  const beginIn = (where) => {
    for (const root of where.querySelectorAll("[data-finder]")) if (!all.has(root)) all.set(root, begin(root));
    for (const root of [...all.keys()]) if (!root.isConnected) all.delete(root);
  };
  beginIn(document);
  document.addEventListener("htmx:afterSwap", (event) => beginIn(event.target));

  const openPalette = () => {
    if (!palette) return;
    if (!palette.open) palette.showModal();
    const input = palette.querySelector("[data-finder-input]");
    input.focus();
    input.select();
    all.get(palette.querySelector("[data-finder]"))?.open();
  };
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.code === "KeyK") {
      event.preventDefault();
      openPalette();
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-palette-open]")) openPalette();
  });

  // A card that is looked at is one of those opened lately. Said by a POST: reading writes nothing.
  const card = document.querySelector("[data-recent-note]");
  if (card) {
    const headers = JSON.parse(document.body.getAttribute("hx-headers"));
    fetch(card.dataset.recentNote, { method: "POST", headers, credentials: "same-origin", keepalive: true }).catch(() => {});
  }
})();
