"""The views (vues): one file per place; `<address>_view(scope)` is a table of contents."""
