"""Planted: time is read from the machine's clock, not from the request.

A test that sleeps sees nothing wrong. In simulated time leases never end: L2 progress catches it.
"""
import time

from honest import Lock, serve


class Planted(Lock):
    def clock(self, request):
        return time.monotonic_ns()


serve(Planted)
