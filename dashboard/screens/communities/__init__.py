"""Communities: which services they cover and how they grow; joining, leaving, handing over."""
