// Files chosen, or dropped onto their panel, are sent at once; those that are too large are said and not sent.
(() => {
  const send = (form, files) => {
    const input = form.querySelector("input[type=file]");
    const told = form.querySelector("[data-upload-too-large]");
    const limit = Number(form.dataset.maxSize);
    const good = new DataTransfer();
    told.replaceChildren();
    for (const file of files) {
      if (file.size <= limit) {
        good.items.add(file);
        continue;
      }
      const line = document.createElement("li");
      const name = document.createElement("strong");
      name.textContent = file.name;
      line.append(name, ` – ${form.dataset.textTooLarge}`);
      told.append(line);
    }
    input.files = good.files;
    if (good.files.length) form.requestSubmit();
  };

  const formOf = (event) => {
    const panel = event.target.closest?.("[data-upload]");
    const hasFiles = [...(event.dataTransfer?.types ?? [])].includes("Files");
    return panel && hasFiles ? panel.querySelector("[data-upload-form]") : null;
  };

  document.addEventListener("change", (event) => {
    const form = event.target.closest?.("[data-upload-form]");
    if (form && event.target.type === "file" && event.target.files.length) send(form, [...event.target.files]);
  });

  const clear = () => document.querySelectorAll(".is-dropping").forEach((panel) => panel.classList.remove("is-dropping"));
  document.addEventListener("dragover", (event) => {
    clear();
    if (!formOf(event)) return;
    event.preventDefault();
    event.target.closest("[data-upload]").classList.add("is-dropping");
  });
  document.addEventListener("dragleave", clear);
  document.addEventListener("drop", (event) => {
    const form = formOf(event);
    clear();
    if (!form) return;
    event.preventDefault();
    send(form, [...event.dataTransfer.files]);
  });

  document.addEventListener("htmx:xhr:progress", (event) => {
    const bar = event.target.querySelector?.(".cl-upload-progress");
    if (!bar || !event.detail.lengthComputable) return;
    bar.hidden = false;
    bar.value = event.detail.loaded / event.detail.total;
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!event.target.matches?.("[data-upload-form]")) return;
    event.target.querySelector(".cl-upload-progress").hidden = true;
    // What was refused is said below; the next choice begins anew.
    event.target.querySelector("input[type=file]").value = "";
  });
})();
