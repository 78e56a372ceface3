"""Communities: who reaches which service and how they grow; joining, leaving, handing over."""
