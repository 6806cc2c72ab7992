"""Planted: "inspect" names who held the lock last, also when his lease is over.

Whoever looks sees a lock held that is free. The contract's looked-at-when-over catches it.
"""
from honest import Lock, serve


class Planted(Lock):
    def inspect(self, name, now):
        lease = self.leases.get(name)
        return {"holder": lease[0] if lease else None}


serve(Planted)
