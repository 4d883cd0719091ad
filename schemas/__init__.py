"""What travels: every byte the parties exchange. Pure: no I/O beyond package data, no keys, no clock."""
