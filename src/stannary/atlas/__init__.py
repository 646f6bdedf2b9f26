"""The world's facts as dated, cited rows, and the measures taken over them."""
