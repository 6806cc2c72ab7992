"""Planted: who asks again for a lock that he holds, since he did not hear the answer, is refused.

He waits for himself until his lease ends. Our server remembers its answers, and seldom asks twice; the
contract's asked-again does.
"""
from honest import Lock, serve


class Planted(Lock):
    def acquire(self, name, holder, ttl, now):
        if self.living(name, now):
            return {"granted": False}
        return super().acquire(name, holder, ttl, now)


serve(Planted)
