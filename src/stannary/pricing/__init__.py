"""Reference prices: reports in, prices out, each with the method, the inputs and the corrections behind it."""
