"""Results for people: tables, pictures and pages; no rule is applied here."""
