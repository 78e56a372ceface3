"""What we do: the frame, rights, scope, reading, writing, figures, charts and the command line."""
