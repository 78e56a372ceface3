"""Reading what keeps the house: jobs, backups, checks, the state of the system."""
