"""Blocks of « Référentiels », by what they show."""
