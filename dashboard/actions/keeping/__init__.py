"""Acts that keep the house: jobs, rounds, backups, the audit."""
