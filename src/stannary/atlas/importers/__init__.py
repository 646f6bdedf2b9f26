"""Readers of official statistics, each into the one kind of row that `facts.py` defines."""
