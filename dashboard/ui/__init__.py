"""The building blocks of screens: components, forms, tables, cards, charts, jobs, files."""
