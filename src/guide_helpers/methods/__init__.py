"""Ways of making synthetic data, one module per method."""
