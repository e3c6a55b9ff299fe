// Products of a sale: choosing one fills in its list price, and the sums follow what is typed. The server counts again.
(() => {
  const number = (field) => {
    const value = Number.parseFloat(String(field?.value ?? "").replace(",", "."));
    return Number.isFinite(value) ? value : null;
  };
  const words = (sum) => sum.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 2 });
  const part = (row, name) => row.querySelector(`[data-line="${name}"]`);

  const sumOf = (row) => {
    const price = number(part(row, "price"));
    if (price === null || !part(row, "product").value || row.classList.contains("is-removed")) return null;
    const sum = (number(part(row, "quantity")) ?? 0) * price * (1 - (number(part(row, "discount")) ?? 0) / 100);
    return Math.round(sum * 100) / 100;
  };

  const show = (set) => {
    let total = null;
    for (const row of set.querySelectorAll("[data-line-row]")) {
      const sum = sumOf(row);
      row.querySelector("[data-line-sum]").textContent = sum === null ? "" : words(sum);
      if (sum !== null) total = (total ?? 0) + sum;
    }
    set.querySelector("[data-lines-total]").textContent = total === null ? "–" : words(total);
    const amount = set.closest("form")?.querySelector("[data-lines-amount]");
    if (amount) amount.placeholder = total === null ? "" : String(Math.round(total * 100) / 100);
  };

  document.addEventListener("change", (event) => {
    const product = event.target.closest?.("[data-line='product']");
    if (!product) return;
    const price = part(product.closest("[data-line-row]"), "price");
    // The price of another product goes; one that was agreed on stays.
    if (price.value && price.value !== price.dataset.listed) return;
    price.value = price.dataset.listed = product.selectedOptions[0]?.dataset.price ?? "";
  });
  for (const type of ["input", "change"]) {
    document.addEventListener(type, (event) => {
      const set = event.target.closest?.("[data-lines]");
      if (set) show(set);
    });
  }

  const start = () => document.querySelectorAll("[data-lines]").forEach(show);
  document.addEventListener("htmx:load", start);
  document.addEventListener("DOMContentLoaded", start);
})();
