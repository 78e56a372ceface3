"""Acts on people (personnes) and their accounts."""
