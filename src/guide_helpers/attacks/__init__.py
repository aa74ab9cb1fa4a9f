"""Ways of learning about people from a synthetic file, one module per attack."""
