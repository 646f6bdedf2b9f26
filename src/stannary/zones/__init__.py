"""Zones that ship as data: toy, whose answers fit on paper, and forge, the reference design."""
