"""The process of one submission: `python -P -m guide_helpers.challenge.alone MEGABYTES`."""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any

from guide_helpers.serving.limited import limit

BYTES_WRITTEN = 1 << 30


def main() -> None:
    """Limit this process, then read what is asked from the standard input and answer in a file."""
    limit(int(sys.argv[1]))
    _limit_files()
    warnings.simplefilter("ignore")
    asked = json.loads(sys.stdin.read())
    from guide_helpers.challenge.judging import FORMAT

    told = {"format": FORMAT, **answer(asked)}
    Path(asked["said"]).write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """Return sheet and numbers of a submission, or why it is refused."""
    from guide_helpers.challenge.entering import enter
    from guide_helpers.challenge.scoring import scores
    from guide_helpers.challenge.setting import Challenge
    from guide_helpers.errors import GuideError

    into = Path(asked["work"]) / "unpacked"
    into.mkdir()
    try:
        challenge = Challenge.read(asked["challenge"])
        entered = enter(Path(asked["sent"]), challenge, into)
        sheet = json.loads(entered.sheet.text())
        if asked["only_look"]:
            return {"sheet": sheet}
        return {"sheet": sheet, "scores": scores(challenge, entered.sheet.data, entered.copies)}
    except GuideError as refusal:
        return {"refused": str(refusal)}
    except (MemoryError, RecursionError):
        return {"refused": "it needs more memory than a submission may have; send fewer rows"}
    except Exception as error:  # its message may show a record: say what, not which
        return {"refused": f"it cannot be scored ({type(error).__name__}); write the files again"}


def _limit_files() -> None:
    """Let this process write no endless file and leave no image of its memory."""
    if sys.platform.startswith("linux"):
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (BYTES_WRITTEN, BYTES_WRITTEN))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
