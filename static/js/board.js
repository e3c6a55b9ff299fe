// The board of sales. Cards are dragged, or moved by their buttons or by [ and ]; arrows, j and k walk among them. One rule
// keeps it right whatever the server says: a card stands in the column of its stage (data-at).
(() => {
  const board = () => document.getElementById("sales-board");
  const column = (key) => board()?.querySelector(`[data-stage="${CSS.escape(key)}"]`);
  const pile = (section) => section?.querySelector("[data-pile]");
  const isCard = (node) => node instanceof Element && node.matches("[data-sale]");

  // Where a card came from, so that a refused one goes back to its place.
  let home = null;

  const settle = (card, place) => {
    const target = pile(column(card.dataset.at));
    if (!target) return;
    if (place?.pile === target) {
      target.insertBefore(card, place.next?.parentNode === target ? place.next : null);
    } else if (card.parentNode !== target) {
      target.prepend(card);
    }
  };

  const address = (name, card) => board().dataset[`${name}Url`].replace("/0/", `/${card.dataset.sale}/`);

  const move = async (card, stage, place) => {
    const { id } = card;
    const hadFocus = card.contains(document.activeElement);
    card.classList.add("is-moving");
    try {
      await window.htmx.ajax("POST", address("move", card), { source: card, target: card, swap: "outerHTML", values: { stage } });
    } catch {
      // No connection: said by a toast.
    }
    // Nothing came back (gone, not allowed, no connection): the old card stands here still.
    const now = document.getElementById(id);
    if (!now) return;
    now.classList.remove("is-moving");
    settle(now, place);
    now.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (hadFocus) now.querySelector("a")?.focus();
  };

  const end = (card, outcome) => {
    const next = encodeURIComponent(window.location.pathname + window.location.search);
    window.svetofor.openDrawer(`${address("close", card)}?outcome=${outcome}&next=${next}`);
  };

  const ends = () => board()?.querySelector("[data-ends]");
  const options = {
    group: "sales",
    animation: 120,
    draggable: "[data-sale]",
    filter: ".is-locked",
    preventOnFilter: false,
    // The same everywhere, touch too; a finger that scrolls does not drag.
    forceFallback: true,
    fallbackOnBody: true,
    fallbackTolerance: 5,
    delay: 200,
    delayOnTouchOnly: true,
    scrollSensitivity: 80,
    onStart: ({ item }) => {
      home = { pile: item.parentNode, next: item.nextElementSibling };
      ends()?.classList.add("is-open");
    },
    onEnd: ({ item, to: last, originalEvent }) => {
      const place = home;
      // Sortable looks where the pointer is every 50 ms: a quick hand has let go elsewhere.
      const pointer = originalEvent?.changedTouches?.[0] || originalEvent;
      const under = pointer && document.elementFromPoint(pointer.clientX, pointer.clientY);
      const to = under?.closest("[data-end], [data-pile]") || last;
      ends()?.classList.remove("is-open");
      const stage = to.closest("[data-stage]")?.dataset.stage;
      if (stage && stage !== item.dataset.at) return void move(item, stage, place);
      settle(item, place);
      if (to.dataset.end) end(item, to.dataset.end);
    },
  };
  const start = () => {
    if (!window.Sortable || !board()) return;
    for (const each of board().querySelectorAll("[data-pile], [data-end]")) {
      if (window.Sortable.get(each)) continue;
      window.Sortable.create(each, each.dataset.end ? { group: { name: "sales", pull: false } } : options);
    }
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".sales-moves button");
    if (!button || !window.htmx) return;
    event.preventDefault();
    const card = button.closest("[data-sale]");
    move(card, button.value, { pile: card.parentNode, next: card.nextElementSibling });
  });

  const beside = (card, step) => {
    const columns = [...board().querySelectorAll("[data-stage]")];
    return columns[columns.indexOf(card.closest("[data-stage]")) + step];
  };
  const walk = (card, key) => {
    if (key === "ArrowUp" || key === "ArrowDown") {
      const next = key === "ArrowUp" ? card.previousElementSibling : card.nextElementSibling;
      return isCard(next) ? next : null;
    }
    const row = [...card.parentNode.children].indexOf(card);
    const step = key === "ArrowLeft" ? -1 : 1;
    for (let at = beside(card, step); at; at = step < 0 ? at.previousElementSibling : at.nextElementSibling) {
      const cards = [...pile(at).children].filter(isCard);
      if (cards.length) return cards[Math.min(row, cards.length - 1)];
    }
    return null;
  };

  const typing = (target) => target.closest?.("input, textarea, select, [contenteditable]");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (!board() || typing(event.target) || document.querySelector("dialog[open]")) return;
    const card = event.target.closest?.("[data-sale]");
    // As in lists; the first one brings the focus onto the board.
    const arrow = { KeyJ: "ArrowDown", KeyK: "ArrowUp" }[event.code];
    if (arrow) {
      const next = card ? walk(card, arrow) : board().querySelector("[data-sale]");
      next?.querySelector("a").focus();
      return;
    }
    if (!card) return;
    // By their place on the keyboard, so that they work in the Russian layout too.
    const step = { BracketLeft: -1, BracketRight: 1 }[event.code];
    if (step) {
      const stage = beside(card, step)?.dataset.stage;
      if (!stage || stage === "0" || card.matches(".is-locked, .is-moving")) return;
      event.preventDefault();
      move(card, stage, { pile: card.parentNode, next: card.nextElementSibling });
    } else if (event.key.startsWith("Arrow")) {
      const next = walk(card, event.key);
      if (!next) return;
      event.preventDefault();
      next.querySelector("a").focus();
    }
  });

  // Moved here by hand and now read again by "show more", or the other way round: once is enough.
  const single = (card) => {
    const same = board()?.querySelectorAll(`[id="${card.id}"]`) || [];
    if (same.length > 1) card.remove();
  };
  document.addEventListener("htmx:load", (event) => {
    start();
    if (isCard(event.detail.elt)) single(event.detail.elt);
  });
  document.addEventListener("DOMContentLoaded", start);
})();
