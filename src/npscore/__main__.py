"""The command ``npscore``, also as ``python -m npscore``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line, or say how to install what it needs."""
    from npscore.errors import MissingExtraError

    try:
        from npscore.cli.app import app
    except ModuleNotFoundError as error:
        sys.exit(f"npscore: {MissingExtraError(error.name or 'typer', 'cli')}")
    app()


if __name__ == "__main__":
    main()
