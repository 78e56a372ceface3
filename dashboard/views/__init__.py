"""The views (vues): one file per address; its `render(scope)` is a table of contents."""
