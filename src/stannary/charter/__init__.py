"""The rules of the zone, one module an article; the law knows no engine."""
