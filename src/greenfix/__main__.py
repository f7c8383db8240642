"""``greenfix`` and ``python -m greenfix``."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from greenfix.cli import app  # so that importing this module costs nothing

    app(prog_name="greenfix")


if __name__ == "__main__":
    main()
