"""Reference prices: reports in, prices out, each with the method, inputs and corrections behind it."""
