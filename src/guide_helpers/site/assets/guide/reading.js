/* Reading: paths, glossary and citation pop-ups, questions, print, findable inventory entries. */
(() => {
  "use strict";
})();
