/* What a shop's own script tells the tracker. Its tag stands before this one and both are deferred, so `dangol` is there. */
"use strict";
{
  const { customer, token } = document.documentElement.dataset;
  const { product, search, checkout } = document.body.dataset;
  const asks = document.getElementById("asks"), tell = window.dangol || (() => {});

  if (customer) tell("identify", customer, token);
  const said = () => {
    if (product) tell("product_view", product);
    if (search) tell("search", search);
    if (checkout) tell("checkout", { total: Number(checkout) });
  };
  said();

  for (const form of document.querySelectorAll("[data-cart]")) {
    form.addEventListener("submit", () => tell(form.dataset.cart, form.elements.sku.value));
  }
  const leaves = document.querySelector("[data-leaves]");
  if (leaves) leaves.addEventListener("click", () => tell("forget"));

  asks.hidden = Boolean(localStorage.getItem("demo-shop.asked"));
  for (const button of document.querySelectorAll("[data-agrees]")) {
    button.addEventListener("click", () => {
      localStorage.setItem("demo-shop.asked", button.dataset.agrees);
      asks.hidden = true;
      tell("consent", button.dataset.agrees === "yes");
      if (button.dataset.agrees === "yes") said();
    });
  }
  document.querySelector("[data-asks]").addEventListener("click", () => { asks.hidden = false; });
}
