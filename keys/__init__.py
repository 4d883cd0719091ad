"""Who may sign: key material, signatures, root → registry → snapshot, and the trust store."""
