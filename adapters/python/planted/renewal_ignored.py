"""Planted: a renewal is confirmed, and the lease ends when it would have ended anyway.

The holder believes in a lease that is over. S2 belief-exclusion and S3 linearizable catch it.
"""
from honest import Lock, serve


class Planted(Lock):
    def renew(self, name, holder, ttl, now):
        lease = self.living(name, now)
        return {"renewed": bool(lease and self.owns(holder, lease))}


serve(Planted)
