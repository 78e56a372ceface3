"""The live charts, authored in Altair and compiled to a spec once. Altair weighs 25 MiB and half a
second: only what draws a live chart or its image imports this folder.
"""
