"""`guide workshop`: JupyterHub for a room, each person under a Unix account of their own.

An administrator starts it. The hub and its list of passwords belong to root; what people run
belongs to accounts that can read nothing of each other, each with a bound on memory and a fair
share of the processor. JupyterHub comes from a lock of its own, requirements/workshop.txt, and is
imported by the hub's processes alone.
"""

from guide_helpers.hub.bundle import make_bundle
from guide_helpers.hub.close import close
from guide_helpers.hub.opening import prepare, start
from guide_helpers.hub.rehearsal import rehearsal
from guide_helpers.hub.settings import Workshop, settle

__all__ = ["Workshop", "close", "make_bundle", "prepare", "rehearsal", "settle", "start"]
