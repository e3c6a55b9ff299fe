// The typing help of @ in a textarea (data-mentions="address"): people whose name begins with what stands behind the @
// are listed under it. Arrows choose, Enter or Tab writes the user name, Escape closes; Ctrl-Enter still saves.
(() => {
  const WAIT = 120;
  const BEFORE_CARET = /(^|[^\w@.+\-/а-яёА-ЯЁ])@([\p{L}\d.+\-]{0,40})$/u;
  let field = null;
  let list = null;
  let timer = null;
  let asked = 0;

  const wanted = (area) => BEFORE_CARET.exec(area.value.slice(0, area.selectionStart))?.[2];
  const options = () => (list ? [...list.children] : []);
  const here = () => options().findIndex((option) => option.getAttribute("aria-selected") === "true");

  const close = () => {
    clearTimeout(timer);
    asked += 1;
    if (!list) return;
    list.remove();
    list = null;
    for (const name of ["aria-controls", "aria-activedescendant"]) field.removeAttribute(name);
  };

  const choose = (number) => {
    const all = options();
    const place = (number + all.length) % all.length;
    all.forEach((option, n) => option.setAttribute("aria-selected", String(n === place)));
    field.setAttribute("aria-activedescendant", all[place].id);
    all[place].scrollIntoView({ block: "nearest" });
  };

  const write = (option) => {
    const start = field.selectionStart - wanted(field).length;
    field.setRangeText(`${option.dataset.username} `, start, field.selectionStart, "end");
    close();
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  };

  const show = (area, people) => {
    close();
    if (!people.length) return;
    field = area;
    list = document.createElement("ul");
    list.className = "sv-mentions";
    list.id = "mentions-list";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", document.body.dataset.textPeople);
    people.forEach((who, n) => {
      const option = document.createElement("li");
      option.id = `mentions-${n}`;
      option.setAttribute("role", "option");
      option.dataset.username = who.username;
      const name = document.createElement("strong");
      name.textContent = who.name;
      const rest = document.createElement("span");
      rest.textContent = who.department ? `@${who.username} · ${who.department}` : `@${who.username}`;
      option.append(name, " ", rest);
      // Before the textarea loses the focus.
      option.addEventListener("mousedown", (event) => {
        event.preventDefault();
        write(option);
      });
      list.append(option);
    });
    area.after(list);
    area.setAttribute("aria-controls", list.id);
    choose(0);
  };

  const ask = async (area) => {
    const words = wanted(area);
    if (words === undefined) return close();
    asked += 1;
    const mine = asked;
    const url = new URL(area.dataset.mentions, window.location.href);
    url.searchParams.set("q", words);
    try {
      const answer = await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
      if (!answer.ok || !(answer.headers.get("Content-Type") ?? "").includes("json")) return;
      const found = await answer.json();
      // He typed on meanwhile, or went elsewhere.
      if (mine === asked && document.activeElement === area) show(area, found.people);
    } catch {
      // Without a connection names are typed by hand.
    }
  };

  document.addEventListener("input", (event) => {
    const area = event.target;
    if (!area.matches?.("textarea[data-mentions]")) return;
    clearTimeout(timer);
    if (wanted(area) === undefined) close();
    else timer = setTimeout(() => ask(area), WAIT);
  });

  // In the capturing phase: Escape closes the list, not the drawer around it.
  document.addEventListener(
    "keydown",
    (event) => {
      if (!list || event.target !== field || event.ctrlKey || event.metaKey || event.altKey) return;
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) choose(here() + step);
      else if (event.key === "Enter" || event.key === "Tab") write(options()[here()]);
      else if (event.key === "Escape") close();
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );
  document.addEventListener("focusout", (event) => {
    if (event.target === field) close();
  });
})();
