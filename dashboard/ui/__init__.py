"""What screens are made of: components, forms, tables, cards, charts, jobs, files."""
