"""The guide (mode d'emploi): one file of `pages/` per task, for people new to the product. The
index, the search, the « ? » of each screen and the PDF are made from these files.
"""
