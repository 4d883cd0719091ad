"""Who checks: a presented credential against the published institution registry, offline."""
