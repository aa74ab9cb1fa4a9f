"""Facts about sequential random forests."""
