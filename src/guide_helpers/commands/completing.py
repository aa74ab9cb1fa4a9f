"""`guide completion`: let the shell complete commands and options."""

from __future__ import annotations

import argparse

from guide_helpers.commands import _shared as shared
from guide_helpers.errors import GuideError

LINES = {
    "bash": 'eval "$(guide completion bash)"     # into ~/.bashrc',
    "zsh": 'eval "$(guide completion zsh)"      # into ~/.zshrc, after compinit',
    "fish": "guide completion fish | source      # into ~/.config/fish/config.fish",
}
COMPLETION = "put one of these lines where your shell reads it:\n" + "".join(
    f"  {line}\n" for line in LINES.values()
)


def add(commands: shared.Commands) -> None:
    """Add the command."""
    what = "let the Tab key complete commands, methods and options"
    completing = shared.add_command(commands, completion, what, COMPLETION)
    completing.add_argument("shell", nargs="?", choices=list(LINES))


def completion(asked: argparse.Namespace) -> None:
    """Print the line for each shell, or what one shell is to read."""
    if asked.shell is None:
        for shell, line in LINES.items():
            print(f"{shell:<6}{line}")
        return
    try:
        from argcomplete.shell_integration import shellcode
    except ImportError:
        raise GuideError(
            "completion needs the package argcomplete; install guide-helpers[files]"
        ) from None
    print(shellcode(["guide"], shell=asked.shell))
