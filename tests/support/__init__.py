"""What serves several tests and commands: the cast, a served demonstration, a browser, second
counts.
"""
