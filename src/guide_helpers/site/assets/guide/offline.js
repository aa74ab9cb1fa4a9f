/* Reading without a network: the service worker and what it keeps. */
(() => {
  "use strict";
})();
