"""The panel of a scoring act: who judges which entry, by what seed, and who takes another's place.

``model`` has the tables. ``assigning`` draws the panels before the act is opened, ``substitutes``
finds somebody for an entry that lost an expert, ``declaring`` and ``replacing`` are the commands
of the expert and of the organiser that make that necessary. ``checking`` looks at sheets before
they are taken, ``reading`` is for the pages. ``hooks`` ties them to the life of the act.
"""
