// Limits are tried while they are moved: the same page that the button brings, its result alone.
"use strict";
const form = document.querySelector("form[data-trial]");
if (form) {
  const result = document.getElementById("result");
  let timer = 0;
  let running = null;

  async function tryLimits() {
    const query = new URLSearchParams(new FormData(form));
    history.replaceState(null, "", `?${query}`);
    query.set("part", "1");
    if (running) running.abort();
    running = new AbortController();
    result.classList.add("busy");
    try {
      const answer = await fetch(`${location.pathname}?${query}`, { signal: running.signal });
      result.innerHTML = await answer.text();
      const kept = document.getElementById("kept-then");
      if (kept) document.getElementById("brief").textContent = kept.textContent;
      result.classList.remove("busy");
    } catch (fault) {
      if (fault.name !== "AbortError") {
        result.textContent = "The server does not answer; is realsyn view still running?";
        result.classList.remove("busy");
      }
    }
  }

  for (const slider of form.querySelectorAll("input[type=range]")) {
    const number = document.getElementById(slider.dataset.of);
    slider.addEventListener("input", () => { number.value = slider.value; });
    number.addEventListener("input", () => { slider.value = number.value; });
  }
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(tryLimits, 80);
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); tryLimits(); });
}
