// The contents list follows the reader: the link of the heading last passed is marked as the current place.
(() => {
  const links = new Map([...document.querySelectorAll("nav .contents > ol a")].map((a) => [a.hash.slice(1), a]));
  const headings = [...document.querySelectorAll("main h2, main h3")].filter((h) => links.has(h.id));
  const contents = document.querySelector("nav .contents");
  const nav = contents.parentElement;
  const here = nav.querySelector(".here");
  let current = null;
  const follow = () => {
    const line = window.innerHeight / 4;
    const passed = headings.filter((h) => h.getBoundingClientRect().top <= line).pop();
    const link = passed ? links.get(passed.id) : null;
    if (link === current) return;
    if (current) current.removeAttribute("aria-current");
    current = link;
    here.textContent = link ? link.textContent : "";
    if (!link) return;
    link.setAttribute("aria-current", "location");
    const place = link.getBoundingClientRect();
    const frame = nav.getBoundingClientRect();
    if (place.top < frame.top || place.bottom > frame.bottom) {
      nav.scrollTop += place.top - frame.top - frame.height / 3;
    }
  };
  const narrow = window.matchMedia("(max-width: 62rem)");
  if (narrow.matches) contents.open = false;
  contents.addEventListener("click", (event) => { if (narrow.matches && event.target.closest("a")) contents.open = false; });
  let waiting = false;
  const soon = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; follow(); });
  };
  addEventListener("scroll", soon, { passive: true });
  addEventListener("resize", soon);
  follow();
})();
