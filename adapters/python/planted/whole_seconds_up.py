"""Planted: a ttl is counted in whole seconds, rounded up.

Leases of dead holders lie up to a second longer than was asked for. That is safe; the contract catches it (sub-second-
ttl); a campaign allows for more.
"""
from honest import Lock, serve


class Planted(Lock):
    def deadline(self, now, ttl):
        return now - -ttl // 1000000000 * 1000000000


serve(Planted)
