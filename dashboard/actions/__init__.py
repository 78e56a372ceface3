"""Writing: right → rule → fact. One function per human act, in the transaction of its caller:
`writing()` commits it. Two acts open their own: tries of a wrong code, and the mixing of rows.
"""
