"""Rules on engines that run, against a plain scan of the same events.

    indicators ──► compiled, converted ──► an engine's answer ─┐
        │                                                      ├── nothing missed, nothing extra
        └────────► events that they hit and just miss ──► scan ┘

`scan.py` knows what docs/rules.md says that a rule matches, and shares no code with the compiler. An engine is
a file in `engines/`: its conversion target, how events become a table or an index, how a query is run, and
what its language does about case. `faults.py` lists what is wrong above this package, each with its reason;
a fault that is gone is a failure.
"""
