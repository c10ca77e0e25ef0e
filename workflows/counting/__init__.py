"""Counting and scoring, in exact numbers, with the working shown.

Pure functions on integers and fractions: nothing here reads a clock, a database or a random
source. Each returns a frozen result that carries its answer, the ties it did not break, and a
``working`` of ``Line``: which rule fired, about whom, and the sum in symbols and digits. A
number is rounded once, at the end, for display. Numbers of the law stand in ``presets.toml``,
sentences about lines and refusals in ``words.toml``.
"""
