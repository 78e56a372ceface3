"""Reading: what screens, figures and exports show, with rights inside each query. An act reads by
itself what it is about to write.
"""
