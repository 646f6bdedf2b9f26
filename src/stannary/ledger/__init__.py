"""The books: append-only double entry, one rule core, three stores, sealed and provable."""
