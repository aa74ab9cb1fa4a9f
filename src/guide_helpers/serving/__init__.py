"""`guide serve`: the built site and kernels for its live pages, on one port.

The site lies under `/guide/` and is open to whoever reaches the port. Kernels, which run whatever
they are sent, need the token of the printed address. jupyter_server does the work; it reads no
settings of the user, and writes into a temporary folder that goes with the server.
"""

from guide_helpers.serving.settings import Settings, settle
from guide_helpers.serving.start import serve

__all__ = ["Settings", "serve", "settle"]
