"""The commands of `guide`: one module for each family, each adds its commands to the parser."""
