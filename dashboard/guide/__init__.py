"""The guide (mode d'emploi): one file of `pages/` a task, for people who have never seen the
product. The index, the search, the « ? » of each screen and the PDF follow from these files.
"""
