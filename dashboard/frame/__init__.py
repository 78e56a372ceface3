"""The frame around every page: menu, filters, extracts for other pages, the front page of
visitors.
"""
