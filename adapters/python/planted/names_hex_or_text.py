"""Planted: the name of the bytes ff, which comes as "lock_hex", and the name "ff" are one lock.

Both fields are read into one variable. N1 names would catch it, if a run had two such names; the contract's names-bytes does.
"""
import json

from honest import Lock, serve


class Planted(Lock):
    def name_of(self, request):
        return json.dumps([request.get("space", ""), request.get("lock", request.get("lock_hex"))])


serve(Planted)
