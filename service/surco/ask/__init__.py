"""Questions of a person: why this verdict, and what is wrong here."""
