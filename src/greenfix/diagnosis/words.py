"""Counts and bytes as people say them."""

from __future__ import annotations


def size_text(size: float) -> str:
    """Bytes for people: ``7590532`` is ``7.2 MiB``."""
    for unit in ("bytes", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"


def amount_text(count: int, size: int) -> str:
    """``480 tensors and arrays, 1.1 GiB``."""
    return f"{count_text(count, 'tensor or array', 'tensors and arrays')}, {size_text(size)}"


def count_text(number: int, one: str, many: str = "") -> str:
    """``1 model``, ``2 models``; ``many`` where an s does not do."""
    return f"{number} {one}" if number == 1 else f"{number} {many or one + 's'}"
