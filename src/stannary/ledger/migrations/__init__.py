"""The versions of the tables of a book, each made from the one before; run by `stannary ledger migrate`."""
