"""Decision tables and literal expressions in DMN 1.1 to 1.5, over our expression language.

``load`` refuses whatever ``decide`` could not carry out, with the place and the remedy in
Chinese and English; a table whose rules contradict each other is refused when it happens.
"""

from engine.decisions.deciding import decide
from engine.decisions.loading import load
from engine.decisions.model import Decision
from engine.decisions.reading import calls, reads

__all__ = ["Decision", "calls", "decide", "load", "reads"]
