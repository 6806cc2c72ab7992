"""Planted: one grant in seven is answered by an error that says it surely did not happen.

The lock is taken, and nobody knows. L2 progress catches it.
"""
from honest import Failed, Lock, serve


class Planted(Lock):
    def acquire(self, name, holder, ttl, now):
        answer = super().acquire(name, holder, ttl, now)
        if answer.get("token", 1) % 7 == 0:
            raise Failed("busy", True, "try again")
        return answer


serve(Planted)
