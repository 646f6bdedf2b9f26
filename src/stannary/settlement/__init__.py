"""What is owed: decisions of the other rooms turned into statements and vouchers, each a pure calculation."""
