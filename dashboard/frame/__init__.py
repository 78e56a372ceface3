"""The frame around every page: menu, filters, extracts for other pages, what a stranger sees."""
