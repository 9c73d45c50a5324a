"""Cited answers from Danish framework agreements (rammeaftaler), on one ordinary machine."""

__version__ = "0.1.0"
