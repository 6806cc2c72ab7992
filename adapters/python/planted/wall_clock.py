"""Planted: deadlines are dates, and wall_clock_immune is claimed.

A date that steps ends leases early, or late. The contract (wall-goes-forward) catches the former, L2 progress the
latter.
"""
from honest import Lock, serve


class Planted(Lock):
    def clock(self, request):
        return request["wall_ns"]


serve(Planted)
