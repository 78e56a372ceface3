"""Files in and out: the one place that reads, escapes and quotes them."""
