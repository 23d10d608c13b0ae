// Imports: the drop zone says which file it holds, and a column that is left out steps back. All works without.
(() => {
  const zone = document.querySelector(".dropzone");
  if (zone) {
    const input = zone.querySelector("input[type=file]");
    const name = zone.querySelector("[data-file-name]");
    const empty = name.textContent;
    input.addEventListener("change", () => { name.textContent = input.files.length ? input.files[0].name : empty; });
    ["dragover", "dragenter"].forEach((kind) => zone.addEventListener(kind, () => zone.classList.add("is-over")));
    ["dragleave", "drop"].forEach((kind) => zone.addEventListener(kind, () => zone.classList.remove("is-over")));
  }
  document.querySelectorAll(".mapping select").forEach((select) => {
    select.addEventListener("change", () => select.closest("tr").classList.toggle("is-left-out", !select.value));
  });
})();
