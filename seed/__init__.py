"""Initial data: reference files that a civil servant can open and edit, and a believable, fictive
administration.

The CSV files beside this one (`;`, French headers) are the reference of the programme: ambitions,
chantiers, activities, PST projects, milestones, targets and closing days. `reference.py` adds what
is missing in a database. `demo/` contains the fictive administration that `demonstration.py` loads
once, into an empty database.

Nothing here imports figures or rights: seed depends on `models` only.
"""
