"""The formats that give alerts, read back by readers that are not this package's."""
