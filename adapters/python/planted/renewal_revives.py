"""Planted: a renewal that comes too late is granted, if nobody came in between.

Nobody holds it twice at a time, but the lease was over, and was told to be. No client of ours asks so late and believes
the answer; the contract's renewed-too-late does.
"""
from honest import Lock, serve


class Planted(Lock):
    def renew(self, name, holder, ttl, now):
        lease = self.leases.get(name)
        if not lease or not self.owns(holder, lease):
            return {"renewed": False}
        self.change(name, lease[0], lease[1], self.deadline(now, ttl))
        return {"renewed": True}


serve(Planted)
