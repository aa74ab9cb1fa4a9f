"""Who gets in: a name of the workshop with its password."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupyterhub.auth import Authenticator  # type: ignore[import-not-found,unused-ignore]
from traitlets import Unicode

from guide_helpers.hub.accounts import read_passwords
from guide_helpers.serving.access import same


class Accounts(Authenticator):  # type: ignore[misc]
    """Compares with the accounts file, which root alone can read."""

    folder = Unicode(config=True, help="Where the accounts file lies.")

    async def authenticate(self, handler: Any, data: dict[str, str]) -> str | None:
        """Return the name where the password is right."""
        del handler
        kept = read_passwords(Path(self.folder)).get(data["username"], "")
        return data["username"] if same(data["password"].strip(), kept) else None
