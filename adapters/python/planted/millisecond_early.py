"""Planted: time is counted in milliseconds, the present rounded up and deadlines rounded down.

A lease ends up to two milliseconds early. S2 would catch it, if somebody came just then; the contract's end-of-lease does.
"""
from honest import Lock, serve


class Planted(Lock):
    def clock(self, request):
        return -(-request["now_ns"] // 1000000) * 1000000

    def deadline(self, now, ttl):
        return now + ttl - 1000000


serve(Planted)
