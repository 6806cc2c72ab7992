"""Planted: who asks again for a lock that he holds, since he did not hear the answer, is given another token.

One attempt has two tokens, and a resource that has seen the second refuses the first. Our server remembers its answers,
and seldom asks twice; the contract's asked-again does.
"""
from honest import Lock, serve


class Planted(Lock):
    def acquire(self, name, holder, ttl, now):
        lease = self.living(name, now)
        if lease and not self.owns(holder, lease):
            return {"granted": False}
        token = self.next_token(name)
        self.change(name, holder, token, self.deadline(now, ttl))
        return {"granted": True, "token": token}


serve(Planted)
