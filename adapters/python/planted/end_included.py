"""Planted: a lease still lives at the instant of its deadline.

Off by one nanosecond: a renewal then comes too late, and is granted. Nobody comes at that instant by chance;
sequences.py does.
"""
from honest import Lock, serve


class Planted(Lock):
    def alive(self, lease, now):
        return now <= lease[2]


serve(Planted)
