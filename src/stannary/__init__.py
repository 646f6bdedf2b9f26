"""Run, and rehearse, a preferential trade zone for critical minerals."""
