/* Mends for keyboards and screen readers what only the open page knows. */
(() => {
  "use strict";

  /* A box that scrolls sideways can be reached and is named; one that fits is no stop. */
  const boxes = ".output.text_html, .output.text_html > div, .cell_output pre, "
    + ".cell_input pre, div.highlight pre, .guide-scroll, .guide-formula";
  function reach(box) {
    const wide = box.scrollWidth > box.clientWidth + 1;
    const ours = "guideReached" in box.dataset;
    if (wide && box.tabIndex < 0) {
      box.tabIndex = 0;
      box.dataset.guideReached = "";
      if (!box.hasAttribute("role")) {
        const what = box.matches("pre") ? "Text" : box.querySelector("table") ? "Table" : "Output";
        box.setAttribute("role", "group");
        box.setAttribute("aria-label", `${what}, scrolls sideways`);
      }
    } else if (!wide && ours) {
      for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
      delete box.dataset.guideReached;
    }
  }
  const reachAll = () => document.querySelectorAll(boxes).forEach(reach);

  /* The button that changes the colours says which are on. */
  const words = { light: "light", dark: "dark", auto: "as on this device" };
  function nameColours() {
    const mode = words[document.documentElement.dataset.mode] ?? "as on this device";
    for (const button of document.querySelectorAll(".theme-switch-button")) {
      button.setAttribute("aria-label", `Colours: ${mode}`);
    }
  }

  nameColours();
  new MutationObserver(nameColours).observe(document.documentElement, { attributeFilter: ["data-mode"] });
  reachAll();
  addEventListener("resize", reachAll);
  addEventListener("load", reachAll);
  document.addEventListener("toggle", reachAll, true);
})();
