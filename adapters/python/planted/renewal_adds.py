"""Planted: a renewal adds its ttl to the time that is left, and does not replace it.

Who renews often leaves a lease behind that outlives him by far. That is safe; L2 progress would catch it, if somebody
renewed often and died; the contract's renewed-often does.
"""
from honest import Lock, serve


class Planted(Lock):
    def renew(self, name, holder, ttl, now):
        lease = self.living(name, now)
        return super().renew(name, holder, ttl + (lease[2] - now if lease else 0), now)


serve(Planted)
