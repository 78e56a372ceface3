"""Blocks of accounts and of their keys."""
