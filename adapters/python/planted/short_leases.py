"""Planted: a lease runs out after nine tenths of its ttl.

Its holder believes until the end of it. S2 belief-exclusion catches it.
"""
from honest import Lock, serve


class Planted(Lock):
    def deadline(self, now, ttl):
        return now + ttl * 9 // 10


serve(Planted)
