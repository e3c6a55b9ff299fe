// How long an event takes: its kind says so until somebody else does; a plan that is put off stays as long as it was.
(() => {
  const MINUTE = 60000;
  const read = (field) => (field.value ? new Date(`${field.value}Z`) : null);
  const write = (field, moment) => (field.value = moment.toISOString().slice(0, 16));

  document.addEventListener("change", (event) => {
    const form = event.target.form;
    const kind = form?.querySelector("select[data-minutes]");
    const [start, end] = ["occurred_at", "ends_at"].map((name) => kind && form.elements[name]);
    if (!start || !end) return;
    if (event.target === end) end.dataset.chosen = "";
    if (event.target === start && start.value && end.value) {
      const was = new Date(`${start.dataset.was || start.defaultValue}Z`);
      if (!isNaN(was)) write(end, new Date(+read(start) + (read(end) - was)));
    }
    if (event.target === kind && start.value && end.value && end.dataset.chosen === undefined) {
      const minutes = JSON.parse(kind.dataset.minutes)[kind.value];
      if (minutes) write(end, new Date(+read(start) + minutes * MINUTE));
    }
    if (event.target === start) start.dataset.was = start.value;
  });
})();
