"""Planted: leases survive a crash, and the counter of the tokens begins anew.

The first tokens after it were given before. S4 fencing-order catches it.
"""
from honest import Lock, serve


class Planted(Lock):
    def __init__(self, directory):
        super().__init__(directory)
        self.token = 0


serve(Planted)
