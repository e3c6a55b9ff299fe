// A letter being written: what is copied, and what the mail program gets, is what stands in the form now.
(() => {
  const field = (form, name) => form.elements.namedItem(name);

  const mailto = (form) => {
    const to = field(form, "to");
    const address = to ? to.selectedOptions[0].textContent.trim().split(" ")[0] : "";
    const part = (name) => `${name === "text" ? "body" : name}=${encodeURIComponent(field(form, name).value.replace(/\r?\n/g, "\r\n"))}`;
    const start = `mailto:${address}?${part("subject")}`;
    const whole = `${start}&${part("text")}`;
    return whole.length <= Number(form.dataset.mailtoLength) ? whole : start;
  };

  // In the capturing phase: before the click copies or opens anything.
  document.addEventListener(
    "click",
    (event) => {
      const form = event.target.closest("[data-letter]");
      if (!form) return;
      const copy = event.target.closest("[data-letter-copy]");
      const link = event.target.closest("[data-letter-mailto]");
      if (copy) {
        copy.dataset.copy = field(form, "text").value;
        copy.querySelector("span").textContent = copy.dataset.done;
      }
      if (link) link.href = mailto(form);
    },
    true,
  );
})();
