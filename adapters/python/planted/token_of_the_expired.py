"""Planted: whoever takes over an expired lease is given its token again.

Only a release ends a token's life; the row is reused. S4 fencing-order catches it: one token, two attempts.
"""
from honest import Lock, serve


class Planted(Lock):
    def next_token(self, name):
        lease = self.leases.get(name)
        return lease[1] if lease else super().next_token(name)


serve(Planted)
