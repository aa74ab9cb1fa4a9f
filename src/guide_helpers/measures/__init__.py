"""Numbers that compare original and synthetic, one module per measure."""
