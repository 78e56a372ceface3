"""Acts on seats (places) at meetings and sessions."""
