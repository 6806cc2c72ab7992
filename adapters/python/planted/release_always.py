"""Planted: every release is confirmed, also of a lock that was lost, since "release is idempotent".

Who lost the lock is not told. S3 linearizable catches it.
"""
from honest import Lock, serve


class Planted(Lock):
    def release(self, name, holder, now):
        super().release(name, holder, now)
        return {"released": True}


serve(Planted)
