"""Planted: a lease still lives at the instant of its deadline.

Off by one nanosecond: a renewal then comes too late, and is granted. Nobody comes at that instant by chance;
the contract's to-the-nanosecond does.
"""
from honest import Lock, serve


class Planted(Lock):
    def alive(self, lease, now):
        return now <= lease[2]


serve(Planted)
