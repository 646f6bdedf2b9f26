"""Entry lines in, determinations out, each explained."""
