"""Entries of an intake: what applicants hand in, in a form of the package's own.

An entry is a row with versions, never a variable of the case: 500 of them cost the same each.
See docs/explanation/acts.md.
"""
