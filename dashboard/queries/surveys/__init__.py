"""Reading surveys (concertation)."""
