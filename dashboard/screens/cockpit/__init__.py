"""The parts of « Tableau de bord »: current progress, workstreams, pending work."""
