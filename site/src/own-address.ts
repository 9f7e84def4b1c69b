// The line to paste names the site it is shown on.
for (const place of document.querySelectorAll('[data-own-origin]')) {
  place.textContent = location.origin;
}
