"""Acts of running the product (exploitation): rounds, jobs, backups, upgrades, alerts."""
