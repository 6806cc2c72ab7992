"""Planted: tokens are kept in eight bits, and begin anew after 255.

S4 fencing-order would catch it, if anybody acquired so often in one run.
"""
from honest import Lock, serve


class Planted(Lock):
    def next_token(self, name):
        self.token = self.token % 255 + 1
        return self.token


serve(Planted)
