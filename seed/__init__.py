"""How it starts: reference data that a civil servant can open and edit, and a believable, fictive
administration.

The CSV files beside this one (`;`, French headers) are the reference of the programme: ambitions,
chantiers, activities, PST projects, milestones, targets and closing days. `reference.py` adds what
a database lacks of them. `demo/` holds the fictive administration that `demonstration.py` loads
once, into an empty database.

Nothing here reads figures or rights: seed sees `models` only.
"""
