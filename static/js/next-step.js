// "What next, and when?": a quick choice fills in its moment, which can then be changed; "Not yet" empties it.
(() => {
  document.addEventListener("change", (event) => {
    const choices = event.target.closest?.("[data-quick]");
    if (!choices) return;
    const field = choices.closest("form").elements[choices.dataset.quick];
    if (field) field.value = event.target.dataset.at || "";
  });
})();
