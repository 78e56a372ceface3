"""The parts of « Pilotage »: current progress, workstreams, pending work."""
