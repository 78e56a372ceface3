"""Reads how the product runs (exploitation): health, checks, jobs, the content of a backup."""
