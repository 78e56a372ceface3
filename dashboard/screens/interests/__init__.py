"""Marques d'intérêt: the form of one, the desk of those who follow them."""
