"""Planted: anybody's release frees the lock.

The owner is not asked for at all. S2 belief-exclusion catches what follows, S3 linearizable that a release of one that
holds nothing is confirmed.
"""
from honest import Lock, serve


class Planted(Lock):
    def release(self, name, holder, now):
        if not self.living(name, now):
            return {"released": False}
        self.change(name)
        return {"released": True}


serve(Planted)
