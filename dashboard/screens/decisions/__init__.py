"""Blocks of the register of decisions."""
