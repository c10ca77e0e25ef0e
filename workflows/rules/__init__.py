"""Rules with a legal basis, kept as data in ``bpmn/rulebooks/*.toml``.

Start reading at ``rule.py`` (what a rule and a finding are), then ``book.py`` (how a book is
read and refused), ``facts.py`` (what a rule may ask beyond its record), ``functions.py`` (what
a condition may call) and ``evaluate.py`` (how a record is judged).
"""
