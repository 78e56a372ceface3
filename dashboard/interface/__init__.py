"""The read interface (interface de lecture): figures, roadmap, ideas, dates and trainings for
programs that hold a token, as JSON and CSV under `/api/v1/`.
"""
