// Tags typed one by one: a field of names with commas between them becomes labels and a place to type the next one.
// Comma or Enter takes what is typed, Enter with nothing typed sends the form, Backspace takes the last one off.
(() => {
  const SEPARATORS = /[,;\n]+/;
  const same = (one, other) => one.localeCompare(other, undefined, { sensitivity: "accent" }) === 0;
  let count = 0;

  const enhance = (field) => {
    const url = field.dataset.tags;
    field.removeAttribute("data-tags");
    const box = document.createElement("div");
    const entry = document.createElement("input");
    const list = document.createElement("datalist");
    const names = field.value.split(SEPARATORS).map((name) => name.trim()).filter(Boolean);
    box.className = "sv-tagbox form-control form-control-sm";
    list.id = `tagbox-${(count += 1)}`;
    entry.className = "sv-tagbox-entry";
    entry.maxLength = 50;
    entry.autocomplete = "off";
    entry.setAttribute("list", list.id);
    for (const name of ["aria-describedby", "aria-invalid"]) if (field.hasAttribute(name)) entry.setAttribute(name, field.getAttribute(name));
    entry.id = field.id;
    field.removeAttribute("id");
    const focused = document.activeElement === field || field.hasAttribute("data-autofocus");
    field.type = "hidden";
    box.append(entry, list);
    field.after(box);

    const draw = () => {
      box.querySelectorAll(".sv-label").forEach((label) => label.remove());
      names.forEach((name, place) => {
        const label = document.createElement("span");
        const off = document.createElement("button");
        label.className = "sv-label sv-label-grey";
        off.type = "button";
        off.className = "sv-label-off";
        off.setAttribute("aria-label", `× ${name}`);
        off.textContent = "×";
        off.addEventListener("click", () => { names.splice(place, 1); changed(); entry.focus(); });
        label.append(name, off);
        entry.before(label);
      });
    };
    const changed = () => {
      field.value = names.join(", ");
      draw();
      field.dispatchEvent(new Event("change", { bubbles: true }));
    };
    const take = (words) => {
      const fresh = words.split(SEPARATORS).map((name) => name.trim()).filter((name) => name && !names.some((each) => same(each, name)));
      entry.value = "";
      if (fresh.length) { names.push(...fresh); changed(); }
    };

    entry.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
        if (!entry.value.trim()) return;
        event.preventDefault();
        take(entry.value);
      } else if (event.key === "Backspace" && !entry.value && names.length) {
        names.pop();
        changed();
      }
    });
    let waiting = 0;
    entry.addEventListener("input", (event) => {
      event.stopPropagation();
      if (SEPARATORS.test(entry.value)) { take(entry.value); return; }
      if (event.inputType === "insertReplacementText" || !event.inputType) { take(entry.value); return; }
      clearTimeout(waiting);
      waiting = setTimeout(suggest, 150);
    });
    // What is typed and not taken yet is not lost when the form is sent or left.
    entry.addEventListener("change", (event) => { event.stopPropagation(); take(entry.value); });
    field.form?.addEventListener("submit", () => take(entry.value), { capture: true });
    box.addEventListener("click", (event) => { if (event.target === box) entry.focus(); });

    const suggest = async () => {
      try {
        const answer = await fetch(`${url}?q=${encodeURIComponent(entry.value)}`, { credentials: "same-origin" });
        if (!answer.ok) return;
        const found = (await answer.json()).names.filter((name) => !names.some((each) => same(each, name)));
        list.replaceChildren(...found.map((name) => Object.assign(document.createElement("option"), { value: name })));
      } catch {
        // No network: one types the whole name.
      }
    };
    entry.addEventListener("focus", suggest, { once: true });
    draw();
    if (focused && field.form?.matches(".sv-labels-form")) entry.focus();
  };

  const all = (root) => root.querySelectorAll?.("input[data-tags]").forEach(enhance);
  const start = () => all(document);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
  document.addEventListener("htmx:load", (event) => all(event.target));
  document.addEventListener("keydown", (event) => {
    const form = event.key === "Escape" && event.target.closest?.(".sv-labels-form");
    if (form) form.querySelector("[data-tags-cancel]")?.click();
  });
})();
