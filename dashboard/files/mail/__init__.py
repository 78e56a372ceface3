"""Mail (courriels)."""
