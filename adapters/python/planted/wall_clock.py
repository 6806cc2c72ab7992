"""Planted: deadlines are dates, and wall_clock_immune is claimed.

A date that steps ends leases early, or late. S2 belief-exclusion should catch it.
"""
from honest import Lock, serve


class Planted(Lock):
    def clock(self, request):
        return request["wall_ns"]


serve(Planted)
