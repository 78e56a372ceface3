"""Reading seats (places) at meetings and sessions."""
