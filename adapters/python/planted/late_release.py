"""Planted: a holder whose lease has run out, and who releases late, deletes his successor's lock.

A release is believed from whoever was once granted the lock, as with a DEL that does not compare. S2 belief-exclusion
and S3 linearizable catch it.
"""
from honest import Lock, serve


class Planted(Lock):
    def __init__(self, directory):
        super().__init__(directory)
        self.granted = set()

    def acquire(self, name, holder, ttl, now):
        answer = super().acquire(name, holder, ttl, now)
        if answer["granted"]:
            self.granted.add((name, holder))
        return answer

    def release(self, name, holder, now):
        if (name, holder) not in self.granted:
            return super().release(name, holder, now)
        self.granted.remove((name, holder))
        held = self.living(name, now) is not None
        self.change(name)
        return {"released": held}


serve(Planted)
