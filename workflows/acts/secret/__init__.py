"""Acts by secret ballot: an election, a plenary vote, a recommendation, an evaluation.

The pure kinds are here like every other (``election``, ``recommendation``, ``evaluation``). What
they decide from is not contributions but one ballot event (``workflows.ballots``), whose id is
that of the act. ``bridge`` has the hooks, ``people`` and ``meeting`` the commands, ``reading``
what pages show. The case only ever receives the summary.
"""
