// The calendar: a plan is dragged to another time or day and made longer or shorter, with the mouse or with keys; an empty place is clicked to plan there.
(() => {
  const STEP = 15;
  const SHORTEST = 15;
  const DAY = 24 * 60;
  const MINUTE = 60000;
  const NEAR = 4;
  const PAUSE = 700;
  const pad = (number) => String(number).padStart(2, "0");
  const words = (minutes) => `${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
  const snap = (minutes) => Math.round(minutes / STEP) * STEP;
  // Times on the wall of the reader's zone, which need not be the browser's: reckoned as if they were UTC.
  const wall = (day, minutes) => new Date(Date.parse(`${day}T00:00Z`) + minutes * MINUTE).toISOString().slice(0, 16);
  const daysBetween = (from, to) => Math.round((Date.parse(to) - Date.parse(from)) / (DAY * MINUTE));

  const grid = () => document.querySelector("[data-cal-grid]");
  const scale = (body) => ({
    first: Number(grid().dataset.first) * 60,
    pixels: parseFloat(getComputedStyle(body).getPropertyValue("--minute")),
  });
  const minuteAt = (body, y) => {
    const { first, pixels } = scale(body);
    return first + (y - body.getBoundingClientRect().top) / pixels;
  };

  // --- what a plan becomes, shown at once and sent
  const planned = (block) => {
    const [hours, minutes] = block.dataset.calStart.split(":").map(Number);
    return { day: block.dataset.calOn, start: hours * 60 + minutes, length: Number(block.dataset.calMinutes) };
  };
  const show = (block, start, length) => {
    const { first, pixels } = scale(block.closest(".cal-body"));
    block.style.top = `${(start - first) * pixels}px`;
    block.style.height = `${Math.max(length, SHORTEST) * pixels}px`;
    block.querySelector(".cal-time").textContent = `${words(((start % DAY) + DAY) % DAY)} – ${words((start + length) % DAY)}`;
  };
  const reset = (block) => {
    block.classList.remove("is-dragged");
    for (const name of ["top", "height", "translate"]) block.style.removeProperty(name);
    block.querySelector(".cal-time").textContent = block.dataset.calStart;
  };
  const send = (block, values) =>
    window.htmx.ajax("POST", block.dataset.calEvent, { source: block, swap: "none", values: { dropped: 1, ...values } });

  document.addEventListener("htmx:afterRequest", (event) => {
    const block = event.detail.elt;
    if (!event.detail.successful && block.matches?.(".cal-block[data-cal-event]")) reset(block);
  });

  // --- with the mouse: a plan, its lower edge, or an empty place
  let held = null;
  const begin = (event) => {
    if (event.button !== 0 || event.pointerType === "touch" || !grid()) return null;
    const block = event.target.closest?.(".cal-block[data-cal-event]");
    const body = event.target.closest?.(".cal-body");
    if (!body) return null;
    if (block) return { what: event.target.closest("[data-cal-grip]") ? "length" : "place", block, body, ...planned(block) };
    return event.target.closest(".cal-block") ? null : { what: "slot", body, start: minuteAt(body, event.clientY) };
  };

  document.addEventListener("pointerdown", (event) => {
    held = begin(event);
    if (!held) return;
    event.preventDefault();
    Object.assign(held, { x: event.clientX, y: event.clientY, moved: false, over: held.body });
  });

  document.addEventListener("pointermove", (event) => {
    if (!held) return;
    if (!held.moved && Math.hypot(event.clientX - held.x, event.clientY - held.y) < NEAR) return;
    held.moved = true;
    if (held.what === "slot") return stretch(event);
    const by = (event.clientY - held.y) / scale(held.body).pixels;
    held.block.classList.add("is-dragged");
    if (held.what === "length") {
      held.newLength = Math.max(snap(held.length + by), SHORTEST);
      return show(held.block, held.start, held.newLength);
    }
    const over = document.elementsFromPoint(event.clientX, event.clientY).find((each) => each.matches(".cal-body"));
    // In a department the columns are people: a plan stays with its own.
    if (over && !over.dataset.calPerson) held.over = over;
    held.newStart = snap(held.start + by);
    held.block.style.translate = `${held.over.getBoundingClientRect().left - held.body.getBoundingClientRect().left}px 0`;
    show(held.block, held.newStart, held.length);
  });

  const ghost = () => {
    const made = document.createElement("div");
    made.className = "cal-ghost";
    return made;
  };
  const slotOf = (event) => {
    const now = minuteAt(held.body, event.clientY);
    const [from, to] = now < held.start ? [now, held.start] : [held.start, now];
    const start = Math.floor(from / STEP) * STEP;
    return { start, end: Math.max(Math.ceil(to / STEP) * STEP, start + STEP) };
  };
  const stretch = (event) => {
    const { start, end } = slotOf(event);
    const { first, pixels } = scale(held.body);
    held.ghost ??= held.body.appendChild(ghost());
    held.ghost.style.top = `${(start - first) * pixels}px`;
    held.ghost.style.height = `${(end - start) * pixels}px`;
    held.ghost.textContent = `${words(start)} – ${words(end)}`;
  };
  const open = (body, start, end) => {
    const url = new URL(body.dataset.slot, window.location.href);
    url.searchParams.set("at", wall(body.dataset.calDay, start));
    if (end) url.searchParams.set("until", wall(body.dataset.calDay, end));
    window.svetofor.openDrawer(url.href);
  };

  let dropped = false;
  document.addEventListener("pointerup", (event) => {
    if (!held) return;
    const { what, block, body, moved } = held;
    dropped = moved || what === "length";
    if (what === "slot") {
      const { start, end } = slotOf(event);
      held.ghost?.remove();
      if (moved) open(body, start, end);
      else open(body, Math.floor(held.start / (2 * STEP)) * 2 * STEP);
    } else if (moved && what === "length" && held.newLength !== held.length) {
      send(block, { minutes: held.newLength });
    } else if (moved && what === "place" && (held.newStart !== held.start || held.over !== body)) {
      const days = daysBetween(body.dataset.calDay, held.over.dataset.calDay);
      send(block, { at: wall(held.day, held.newStart + days * DAY) });
    } else if (block) reset(block);
    held = null;
    setTimeout(() => (dropped = false));
  });
  const letGo = () => {
    held?.ghost?.remove();
    if (held?.block) reset(held.block);
    held = null;
  };
  document.addEventListener("pointercancel", letGo);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && held) letGo();
  });
  document.addEventListener(
    "click",
    (event) => {
      if (!dropped || !event.target.closest?.(".cal-block")) return;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );
  document.addEventListener("dragstart", (event) => {
    if (event.target.closest?.(".cal-block")) event.preventDefault();
  });
  // A finger scrolls the page; it taps an empty place to plan there.
  document.addEventListener("click", (event) => {
    const body = event.pointerType === "touch" && !event.target.closest(".cal-block") && event.target.closest(".cal-body");
    if (body) open(body, Math.floor(minuteAt(body, event.clientY) / (2 * STEP)) * 2 * STEP);
  });

  // --- with keys, on the plan one stands on: several presses are one change
  const KEYS = { ArrowUp: [-STEP, 0], ArrowDown: [STEP, 0], ArrowLeft: [-DAY, 0], ArrowRight: [DAY, 0], Equal: [0, STEP], NumpadAdd: [0, STEP], Minus: [0, -STEP], NumpadSubtract: [0, -STEP] };
  let change = null;
  const flush = () => {
    const { block, start, length, by, longer } = change;
    change = null;
    const at = by ? { at: wall(block.dataset.calOn, start) } : {};
    send(block, longer ? { ...at, minutes: length } : at);
  };
  const press = (block, [by, longer]) => {
    if (change && change.block !== block) flush();
    change ??= { block, ...planned(block), by: 0, longer: 0 };
    clearTimeout(change.timer);
    change.by += by;
    change.start += by;
    change.longer += longer;
    change.length = Math.max(change.length + longer, SHORTEST);
    const days = Math.round((change.by - (change.by % DAY)) / DAY);
    const width = block.closest(".cal-col").getBoundingClientRect().width;
    block.style.translate = `${days * width}px 0`;
    show(block, change.start - days * DAY, change.length);
    change.timer = setTimeout(flush, PAUSE);
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target.closest?.("input, textarea, select, [contenteditable]")) return;
    const block = document.activeElement?.closest?.("[data-cal-event]");
    if (block?.matches(".cal-block") && KEYS[event.code] && (event.shiftKey || !event.code.startsWith("Arrow"))) {
      event.preventDefault();
      press(block, KEYS[event.code]);
    } else if (block && event.code === "KeyR") {
      event.preventDefault();
      window.svetofor.openDrawer(`${block.dataset.calEvent}?here=1`);
    } else if (!event.shiftKey && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
      document.querySelector(event.key === "ArrowLeft" ? "[data-cal-earlier]" : "[data-cal-later]")?.click();
    }
  });

  // --- what is wider than the window begins with today
  const toToday = () => {
    const today = grid()?.querySelector(".cal-col.is-today");
    if (today) grid().parentElement.scrollLeft = today.offsetLeft - grid().querySelector(".cal-hours").offsetWidth;
  };
  toToday();

  // --- the page is read anew: one stays on the plan one stood on
  let stood = "";
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!event.detail.target?.matches?.(".cal")) return;
    stood = document.activeElement?.closest?.("[data-cal-event]")?.dataset.calEvent || "";
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.elt?.matches?.(".cal")) toToday();
    if (!stood) return;
    document.querySelector(`[data-cal-event="${stood}"] a`)?.focus();
    stood = "";
  });

  // --- a month: a plan is dragged to another day and keeps its time
  let item = null;
  const cell = (event) => (item ? event.target.closest?.("[data-cal-drop]") : null);
  document.addEventListener("dragstart", (event) => {
    item = event.target.closest?.(".cal-item[data-cal-event]") ?? null;
    if (!item) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", item.textContent.trim());
    item.classList.add("is-dragged");
  });
  document.addEventListener("dragend", () => {
    item?.classList.remove("is-dragged");
    item = null;
  });
  document.addEventListener("dragover", (event) => {
    const over = cell(event);
    if (!over) return;
    event.preventDefault();
    document.querySelector("[data-cal-drop].is-over")?.classList.remove("is-over");
    over.classList.add("is-over");
  });
  document.addEventListener("drop", (event) => {
    const over = cell(event);
    if (!over) return;
    event.preventDefault();
    over.classList.remove("is-over");
    if (over !== item.closest("[data-cal-drop]")) send(item, { day: over.dataset.calDrop });
  });
})();
