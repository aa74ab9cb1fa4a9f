"""Facts about sequential regressions as a method; their steps are in test_parametric_steps."""
