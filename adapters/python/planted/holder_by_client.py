"""Planted: a holder is known by his client, not by his attempt.

A client's second attempt enters the lease of its first, and the late release of the first ends the second's. S2, S3 and
S4 catch it.
"""
from honest import Lock, serve


class Planted(Lock):
    def owns(self, holder, lease):
        return holder.rpartition("-")[0] == lease[0].rpartition("-")[0]


serve(Planted)
