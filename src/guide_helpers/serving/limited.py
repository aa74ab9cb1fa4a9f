"""The program of a kernel: an IPython kernel with a limit on its memory.

Runs as `python -P -m guide_helpers.serving.limited MEGABYTES -f CONNECTION_FILE`.
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path


def limit(megabytes: int) -> None:
    """Bound the memory this process can write to; let it go first where memory runs out.

    RLIMIT_DATA counts what is written (heap and private mappings, threads too), not the address
    space that libraries reserve, so imports work and a runaway array raises MemoryError.
    """
    if megabytes and sys.platform.startswith("linux"):
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (megabytes << 20, megabytes << 20))
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("900", encoding="ascii")


def main() -> None:
    """Limit this process, then become the kernel."""
    limit(int(sys.argv.pop(1)))
    from ipykernel.kernelapp import launch_new_instance

    launch_new_instance()


if __name__ == "__main__":
    main()
