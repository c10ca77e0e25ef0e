"""The acts of selection: what many people do towards one task of a diagram.

A user task with ``lx:act`` is led by its own role, the organiser, and done by a roll of
participants. Every kind goes through one life cycle (``life.py``). What participants hand in are
rows of ``model.py``, never variables of the case, and handing in does not lock the case; closing
does. See docs/explanation/acts.md.
"""
