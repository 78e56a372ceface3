"""Acts on figures (chiffres): targets, measures, imposed statuses."""
