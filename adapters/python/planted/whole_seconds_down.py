"""Planted: a ttl is counted in whole seconds, rounded down, and what is below one is none.

A lease ends before its holder thinks so. S2 belief-exclusion catches it.
"""
from honest import Lock, serve


class Planted(Lock):
    def deadline(self, now, ttl):
        return now + ttl // 1000000000 * 1000000000


serve(Planted)
