// The drawer, the question before what cannot be undone, and closing of any dialog.
(() => {
  const drawer = () => document.getElementById("drawer");

  const openDrawer = (url) => {
    const dialog = drawer();
    window.htmx.ajax("GET", url, { target: "#drawer-body", swap: "innerHTML" }).then(() => {
      if (!dialog.querySelector("#drawer-body").childElementCount) return;
      if (!dialog.open) dialog.showModal();
      // One after the other: a list of selectors would give whatever stands first in the form.
      const wanted = [".is-invalid:is(input, select, textarea)", "[data-autofocus]", "form :is(input:not([type=hidden]), select, textarea)"];
      wanted.map((selector) => dialog.querySelector(selector)).find(Boolean)?.focus();
    });
  };

  const dirty = (dialog) => dialog.querySelector("form[data-guard][data-dirty]");

  const ask = (words, label) =>
    new Promise((resolve) => {
      const dialog = document.getElementById("confirm-dialog");
      if (!dialog) return resolve(window.confirm(words));
      const yes = dialog.querySelector("[data-confirm-yes]");
      dialog.querySelector("#confirm-text").textContent = words;
      yes.textContent = label || yes.dataset.default;
      dialog.returnValue = "";
      dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
      dialog.showModal();
    });

  const close = async (dialog) => {
    if (dirty(dialog) && !(await ask(document.body.dataset.textLeave))) return;
    dialog.close();
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-drawer]");
    if (link && drawer() && window.htmx && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      openDrawer(link.href);
      return;
    }
    const closer = event.target.closest("[data-dialog-close]");
    if (closer) {
      const dialog = closer.closest("dialog");
      if (dialog) close(dialog);
      return;
    }
    // A click on the backdrop lands on the dialog itself, outside its box.
    if (event.target instanceof HTMLDialogElement && event.target.id !== "confirm-dialog") {
      const box = event.target.getBoundingClientRect();
      const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
      if (!inside) close(event.target);
    }
  });

  document.addEventListener(
    "cancel",
    (event) => {
      if (event.target === drawer() && dirty(drawer())) {
        event.preventDefault();
        close(drawer());
      }
    },
    true,
  );

  document.addEventListener(
    "close",
    (event) => {
      if (event.target === drawer()) drawer().querySelector("#drawer-body").replaceChildren();
    },
    true,
  );

  document.addEventListener("drawer-close", () => {
    const dialog = drawer();
    if (!dialog?.open) return;
    dialog.querySelectorAll("form[data-dirty]").forEach((form) => delete form.dataset.dirty);
    dialog.close();
  });

  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (!form.dataset.confirm || form.dataset.confirmed !== undefined) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const submitter = event.submitter;
      ask(form.dataset.confirm, submitter?.textContent.trim()).then((yes) => {
        if (!yes) return;
        form.dataset.confirmed = "";
        form.requestSubmit(submitter);
        delete form.dataset.confirmed;
      });
    },
    true,
  );

  document.addEventListener("htmx:confirm", (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    ask(event.detail.question).then((yes) => yes && event.detail.issueRequest(true));
  });

  // Every list reads itself anew, with the filters in the address.
  document.addEventListener("list-refresh", () => {
    for (const list of document.querySelectorAll("[data-list]")) {
      const url = list.dataset.list || window.location.href;
      window.htmx.ajax("GET", url, { target: list, swap: "outerHTML", source: list });
    }
  });

  window.svetofor = { ask, openDrawer };
})();
