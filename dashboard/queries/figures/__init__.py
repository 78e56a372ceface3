"""Reading what stands behind figures (chiffres)."""
