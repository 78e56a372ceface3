"""The parts of « Tableau de bord »: where we are, the workstreams, what waits."""
