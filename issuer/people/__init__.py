"""Who may do what: accounts, sessions, API clients, roles, and the door that asks for them."""
