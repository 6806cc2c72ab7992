"""What adapters of Python's file locks have in common: the protocol (docs/adapters.md), a file for each lock, and who holds what.

A library gives two functions: take(file, holder, now), which tries once and gives whatever stands for the held lock, or None; and
give(held). Who holds a lock is written beside it, for "inspect", which tries the lock to see whether that still counts:
so it may be asked only while nobody else is asked, as Lockstep does.
"""
import hashlib
import json
import os
import sys


class FileLocks:
    def __init__(self, directory, take, give):
        self.directory, self.take, self.give = directory, take, give
        self.held = {}  # (file, holder): what take() gave

    def file_of(self, request):
        name = json.dumps([request.get("space"), request.get("lock"), request.get("lock_hex")])
        return os.path.join(self.directory, hashlib.sha256(name.encode()).hexdigest())

    def acquire(self, file, request):
        key = (file, request["holder"])
        if key not in self.held:
            held = self.take(file, request["holder"], request["now_ns"])
            if held is None:
                return {"granted": False}
            self.held[key] = held
            with open(file + ".holder", "w") as beside:
                beside.write(request["holder"])
        return {"granted": True}

    def renew(self, file, request):
        return {"renewed": (file, request["holder"]) in self.held}

    def release(self, file, request):
        held = self.held.pop((file, request["holder"]), None)
        if held is not None:
            self.give(held)
        return {"released": held is not None}

    def inspect(self, file, request):
        held = self.take(file, None, request["now_ns"])
        if held is not None:
            self.give(held)
            return {"holder": None}
        with open(file + ".holder") as beside:
            return {"holder": beside.read()}


def serve(name, about, claims, take, give):
    locks = None
    for line in sys.stdin:
        request = json.loads(line)
        if request["op"] == "hello":
            locks = FileLocks(request["directory"], take, give)
            ok = {"protocol": 1, "name": name, "about": about, "runs": "clients", "claims": claims}
        else:
            ok = getattr(locks, request["op"])(locks.file_of(request), request)
        print(json.dumps({"id": request["id"], "ok": ok}), flush=True)
