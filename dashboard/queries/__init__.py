"""Reading: the only SELECTs. A database session and a Scope in; one Arrow table or
one page of rows out.
"""
