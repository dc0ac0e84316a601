// Show what a symbol of a formula means while the pointer is on it; the table below has the same words.
const meanings = document.getElementById("symbol-meanings");
if (meanings) {
  const known = JSON.parse(meanings.textContent);
  const note = document.createElement("div");
  note.id = "symbol-note";
  note.hidden = true;
  document.body.append(note);
  const hide = () => { note.hidden = true; };
  const show = (event) => {
    const symbol = event.target.closest?.("math [data-symbol]");
    const meaning = symbol && known[symbol.dataset.symbol];
    if (!meaning) return hide();
    const place = symbol.getBoundingClientRect();
    note.textContent = meaning;
    note.hidden = false;
    const left = Math.min(place.left, document.documentElement.clientWidth - note.offsetWidth - 8);
    note.style.left = `${Math.max(8, left) + window.scrollX}px`;
    note.style.top = `${place.bottom + window.scrollY + 6}px`;
  };
  document.addEventListener("pointerover", show);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
}

// What is wider than its place can be scrolled with the keyboard, and only that is stopped at.
const reach = () => {
  for (const box of document.querySelectorAll(".formula, .scroll, .table-wrapper, .highlight pre, .output pre")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
};
addEventListener("load", reach);
addEventListener("resize", reach);

// The headings of the bar have no level of their own.
for (const heading of document.querySelectorAll("[role=heading]:not([aria-level])")) {
  heading.setAttribute("aria-level", "2");
}
