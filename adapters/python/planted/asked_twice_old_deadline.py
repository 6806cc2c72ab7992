"""Planted: who asks again for a lock that he holds is told that he holds it, and his lease is not made longer.

He counts his ttl from the second request, and the store from the first. S2 belief-exclusion catches it.
"""
from honest import Lock, serve


class Planted(Lock):
    def acquire(self, name, holder, ttl, now):
        lease = self.living(name, now)
        if lease and self.owns(holder, lease):
            return {"granted": True, "token": lease[1]}
        return super().acquire(name, holder, ttl, now)


serve(Planted)
