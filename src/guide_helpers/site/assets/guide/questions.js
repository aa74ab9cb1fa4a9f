/* Turns a question's list of answers into a form that tells what an answer shows. */
(() => {
  "use strict";

  const { make, memory } = guide;
  const letter = (i) => String.fromCharCode(65 + i);

  function question(place) {
    const several = place.classList.contains("guide-several");
    const list = place.querySelector(":scope > ol");
    const all = place.querySelector(".guide-answers");
    const feedback = [...all.querySelectorAll(":scope > ol > li")];
    const right = feedback.map((item) => item.classList.contains("guide-right"));
    const stem = place.querySelector(".guide-stem");
    const told = make("div", { className: "guide-told", role: "status" });
    const button = make("button", { type: "button", textContent: "Check", className: "guide-button" });
    const inputs = [...list.children].map((item, i) => option(item, i));

    function option(item, i) {
      const input = make("input", {
        type: several ? "checkbox" : "radio", name: place.id, value: i, autocomplete: "off",
      });
      const words = make("span", { className: "guide-words-of-option" }, ...item.childNodes);
      item.replaceChildren(make("label", {}, input, words));
      input.addEventListener("change", () => {
        told.replaceChildren();
        list.classList.remove("guide-checked");
      });
      return input;
    }

    const chosen = () => inputs.flatMap((input, i) => (input.checked ? [i] : []));

    function summary(picked) {
      const missed = right.filter((is, i) => is && !picked.includes(i)).length;
      const wrong = picked.filter((i) => !right[i]).length;
      if (!missed && !wrong) return several ? "That is all of it, and nothing else." : "";
      if (!several) return "";
      return wrong ? "Not yet: something does not belong." : `Not yet: ${missed} more to find.`;
    }

    function show() {
      const picked = chosen();
      if (!picked.length) {
        told.replaceChildren(make("p", { textContent: "Choose an answer first." }));
        return false;
      }
      const said = picked.map((i) => make("div", { className: right[i] ? "guide-right" : "guide-wrong" },
        make("span", { className: "guide-letter", textContent: letter(i) }),
        make("div", {}, ...[...feedback[i].childNodes].map((node) => node.cloneNode(true)))));
      const all = summary(picked);
      told.replaceChildren(...said, ...(all ? [make("p", { textContent: all })] : []));
      list.classList.add("guide-checked");
      return right.every((is, i) => is === picked.includes(i));
    }

    function check() {
      const done = show();
      const picked = chosen();
      if (!picked.length) return;
      memory.keep("checks", { ...memory.get("checks"), [place.id]: picked });
      all.hidden = false;
      if (done && guide.page.page) guide.markRead(guide.page.page);
    }

    stem.id = `${place.id}-asks`;
    list.setAttribute("role", several ? "group" : "radiogroup");
    list.setAttribute("aria-labelledby", stem.id);
    [...list.children].forEach((item) => item.setAttribute("role", "presentation"));
    button.addEventListener("click", check);
    place.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target.matches("input")) check();
    });
    list.after(make("div", { className: "guide-check-foot" }, button,
      make("span", { textContent: several ? "One or several answers." : "One answer." })), told);

    const before = memory.get("checks")?.[place.id];
    if (before) {
      before.forEach((i) => { if (inputs[i]) inputs[i].checked = true; });
      show();
    }
    all.hidden = !before;
  }

  document.querySelectorAll(".guide-check").forEach(question);

  /* On paper the answers stand at the end of the page, in the order of the questions. */
  const answers = [...document.querySelectorAll(".guide-check .guide-answers")];
  let paper = null;
  window.addEventListener("beforeprint", () => {
    if (paper || !answers.length) return;
    paper = make("section", { className: "guide-paper-answers" },
      make("h2", { textContent: "Answers to the questions" }));
    answers.forEach((one, i) => {
      const title = answers.length > 1 ? `Question ${i + 1}` : "Check yourself";
      paper.append(make("p", { className: "guide-check-title", textContent: title }),
        one.querySelector("ol").cloneNode(true));
    });
    document.querySelector("article.bd-article")?.append(paper);
  });
  window.addEventListener("afterprint", () => {
    paper?.remove();
    paper = null;
  });
})();
