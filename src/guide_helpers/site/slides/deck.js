"use strict";
(() => {
  const slides = [...document.querySelectorAll("section")];
  const now = () => {
    const off = slides.map((s) => Math.abs(s.getBoundingClientRect().top));
    return off.indexOf(Math.min(...off));
  };
  const go = (to) => {
    const slide = slides[Math.max(0, Math.min(slides.length - 1, to))];
    slide.scrollIntoView();
    slide.focus({ preventScroll: true });
    history.replaceState(null, "", `#${slide.id}`);
  };
  const notes = () => {
    const all = [...document.querySelectorAll("details")];
    const open = !all.some((d) => d.open);
    const here = now();
    all.forEach((d) => { d.open = open; });
    go(here);
  };
  const keys = {
    ArrowRight: () => go(now() + 1), ArrowDown: () => go(now() + 1),
    PageDown: () => go(now() + 1), " ": () => go(now() + 1),
    ArrowLeft: () => go(now() - 1), ArrowUp: () => go(now() - 1), PageUp: () => go(now() - 1),
    g: () => document.body.classList.toggle("guess"),
    Home: () => go(0), End: () => go(slides.length - 1), n: notes,
  };
  document.addEventListener("keydown", (event) => {
    const inside = event.target.closest("summary, .drawing");
    const used = event.ctrlKey || event.altKey || event.metaKey;
    if (used || !keys[event.key] || (inside && (event.key === " " || innerWidth <= 800))) return;
    event.preventDefault();
    keys[event.key]();
  });
})();
