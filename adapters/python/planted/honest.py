#!/usr/bin/env python3
"""The lock that the planted bugs are planted in, without a bug: leases and tokens in one file, written before each answer.

A bug is a subclass that overrides one of the small functions below, and serve(). docs/adapters.md has the protocol.
"""
import json
import os
import sys


class Failed(Exception):
    """An error to be answered: kind, whether it surely did not happen, words for people."""


class Lock:
    claims = {"durable": True, "fencing": True, "wall_clock_immune": True, "max_drift_ppb": 2000000}

    def __init__(self, directory):
        self.file = os.path.join(directory, "leases")
        self.leases = {}  # name: (holder, token, deadline)
        self.token = 0
        if os.path.exists(self.file):
            with open(self.file) as file:
                self.token, self.leases = json.load(file)

    # The small functions, each of which can be got wrong.

    def name_of(self, request):
        kind = "lock" if "lock" in request else "lock_hex"
        return json.dumps([request.get("space", ""), kind, request[kind]])

    def clock(self, request):
        return request["now_ns"]

    def deadline(self, now, ttl):
        return now + ttl

    def alive(self, lease, now):
        return now < lease[2]

    def owns(self, holder, lease):
        return holder == lease[0]

    def next_token(self, name):
        self.token += 1
        return self.token

    def write(self):
        with open(self.file + ".new", "w") as file:
            json.dump([self.token, self.leases], file)
        os.replace(self.file + ".new", self.file)

    def answered(self):
        """The answer has been sent."""

    # The operations.

    def living(self, name, now):
        lease = self.leases.get(name)
        return lease if lease and self.alive(lease, now) else None

    def change(self, name, *lease):
        if lease:
            self.leases[name] = lease
        else:
            self.leases.pop(name, None)
        self.write()

    def acquire(self, name, holder, ttl, now):
        lease = self.living(name, now)
        if lease and not self.owns(holder, lease):
            return {"granted": False}
        token = lease[1] if lease else self.next_token(name)
        self.change(name, holder, token, self.deadline(now, ttl))
        return {"granted": True, "token": token}

    def renew(self, name, holder, ttl, now):
        lease = self.living(name, now)
        if not lease or not self.owns(holder, lease):
            return {"renewed": False}
        self.change(name, lease[0], lease[1], self.deadline(now, ttl))
        return {"renewed": True}

    def release(self, name, holder, now):
        lease = self.living(name, now)
        if not lease or not self.owns(holder, lease):
            return {"released": False}
        self.change(name)
        return {"released": True}

    def inspect(self, name, now):
        lease = self.living(name, now)
        return {"holder": lease[0] if lease else None}


def answer(lock, request):
    name, now = lock.name_of(request), lock.clock(request)
    if request["op"] in ("acquire", "renew"):
        return getattr(lock, request["op"])(name, request["holder"], request["ttl_ns"], now)
    if request["op"] == "release":
        return lock.release(name, request["holder"], now)
    return lock.inspect(name, now)


def serve(kind):
    name = os.path.splitext(os.path.basename(sys.argv[0]))[0].replace("_", "-")
    lock = None
    for line in sys.stdin:
        request = json.loads(line)
        said = {"id": request["id"]}
        try:
            if request["op"] == "hello":
                lock = kind(request["directory"])
                about = (sys.modules["__main__"].__doc__ or name).splitlines()[0]
                said["ok"] = {"protocol": 1, "name": name, "about": about, "claims": kind.claims}
            else:
                said["ok"] = answer(lock, request)
        except Failed as failed:
            said["error"] = dict(zip(("kind", "definite", "detail"), failed.args))
        print(json.dumps(said), flush=True)
        if lock:
            lock.answered()


if __name__ == "__main__":
    serve(Lock)
