"""Planted: who has lost the lock is told that he renewed it.

Nothing is changed for whoever holds it now. No client of ours asks so late and believes the answer; the
contract's renewed-too-late does.
"""
from honest import Lock, serve


class Planted(Lock):
    def renew(self, name, holder, ttl, now):
        super().renew(name, holder, ttl, now)
        return {"renewed": True}


serve(Planted)
