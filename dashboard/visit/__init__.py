"""The visit: who reads, which screen this is, with which scope; asked again at each run."""
