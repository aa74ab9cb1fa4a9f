/* Live pages: the page's code on a kernel that the reader chooses. */
(() => {
  "use strict";
})();
