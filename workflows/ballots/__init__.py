"""Secret ballots: entitled by name, cast without one, sealed until two scrutineers open them.

The act is on the record (who was entitled, who took part, how many, by which rules, sealed by
whom); the content is kept without its author. This is the one deliberate exception to 记实, so
nothing of a ballot ever passes through a process instance, a draft, an audit entry or a log.
Two stores hold what must not meet: the program's database has the event and the roll
(``model.py``), a store of its own has slips and ballots (``store.py``), and no key leads from
one to the other. docs/explanation/ballots-threat-model.md says what this does and does not
protect against.

An event goes through these states, each by one command:

    draft → frozen → signing → voting → closed → opened → destroyed
                                  └──→ void → destroyed
"""
