"""QR codes as drawings inside a page: nothing is stored, nothing is fetched."""

from __future__ import annotations

import segno
from markupsafe import Markup


def svg(text: str) -> Markup:
    """Return a QR code (ISO/IEC 18004, error correction M) that scales with its box."""
    code = segno.make(text, error="m", micro=False)
    drawing = code.svg_inline(border=2, omitsize=True, svgclass="qr", lineclass=None)
    return Markup(drawing)  # noqa: S704  (made of modules alone)
