"""Files of ideas (idées): in and out."""
