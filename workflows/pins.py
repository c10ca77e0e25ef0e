"""What a case keeps of the rules it began under: the book by digest, its numbers, its settings.

Pinned in the attributes of the instance when it opens and inherited by its child cases, so that
a form, a service task and a rule of one case never count with different numbers, and a book
released later changes no case that is under way.
"""

from __future__ import annotations

from typing import Any

from engine.manifest import Manifest
from workflows.rules import book


def attributes(manifest: Manifest, pack: str) -> dict[str, Any]:
    """Return ``rule_pack``, ``rule_book`` (id, digest), ``numbers`` and ``settings`` of a case.

    A setting that names a number of the book has its value; others keep the default of the
    package. Raises NotFound or Invalid when there is no such book.
    """
    loaded = book.load(pack)
    numbers = book.values(loaded.numbers)
    settings = {
        name: numbers.get(each.number, each.default) for name, each in manifest.settings.items()
    }
    return {
        "rule_pack": pack,
        "rule_book": {"id": loaded.id, "digest": loaded.digest},
        "numbers": numbers,
        "settings": settings,
    }
