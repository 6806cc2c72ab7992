#!/usr/bin/env python3
"""A lock for Lockstep, in Python: leases in a table, the token counter in a file. docs/adapters.md has the protocol.

Time is what each request says it is: an adapter that looks at a clock of its own is not tried, but the clock is.
"""
import json
import os
import sys


class Table:
    def __init__(self, directory):
        self.leases = {}  # lock: (holder, token, deadline)
        self.counter = os.path.join(directory, "epoch")
        epoch = 1
        if os.path.exists(self.counter):
            with open(self.counter) as file:
                epoch = int(file.read()) + 1
        with open(self.counter + ".new", "w") as file:
            file.write(str(epoch))
        os.replace(self.counter + ".new", self.counter)
        self.token = epoch << 32  # no start gives out a token of an earlier one

    def living(self, lock, now):
        lease = self.leases.get(lock)
        return lease if lease and now < lease[2] else None

    def acquire(self, lock, holder, ttl, now):
        lease = self.living(lock, now)
        if lease and lease[0] != holder:
            return {"granted": False}
        if not lease:
            self.token += 1
        token = lease[1] if lease else self.token
        self.leases[lock] = (holder, token, now + ttl)
        return {"granted": True, "token": token}

    def renew(self, lock, holder, ttl, now):
        lease = self.living(lock, now)
        if not lease or lease[0] != holder:
            return {"renewed": False}
        self.leases[lock] = (holder, lease[1], now + ttl)
        return {"renewed": True}

    def release(self, lock, holder, now):
        lease = self.living(lock, now)
        if not lease or lease[0] != holder:
            return {"released": False}
        del self.leases[lock]
        return {"released": True}

    def inspect(self, lock, now):
        lease = self.living(lock, now)
        return {"holder": lease[0] if lease else None}


def answer(table, request):
    lock = (request.get("space", ""), request.get("lock", request.get("lock_hex")), "lock" in request)
    now, op = request["now_ns"], request["op"]
    if op == "acquire":
        return table.acquire(lock, request["holder"], request["ttl_ns"], now)
    if op == "renew":
        return table.renew(lock, request["holder"], request["ttl_ns"], now)
    if op == "release":
        return table.release(lock, request["holder"], now)
    return table.inspect(lock, now)


def main():
    table = None
    for line in sys.stdin:
        request = json.loads(line)
        if request["op"] == "hello":
            table = Table(request["directory"])
            ok = {"protocol": 1, "name": "example", "about": "leases in a table of a Python program",
                  "claims": {"fencing": True, "wall_clock_immune": True, "max_drift_ppb": 2000000}}
        else:
            ok = answer(table, request)
        print(json.dumps({"id": request["id"], "ok": ok}), flush=True)


if __name__ == "__main__":
    main()
