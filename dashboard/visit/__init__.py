"""The visit: the reader, the screen and the scope, determined again at each run."""
