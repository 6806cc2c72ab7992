#!/usr/bin/env python3
"""Plain sequences of requests, spoken to an adapter directly, for planted bugs that simulated clients hardly get to see.

Each must be answered as the protocol says by honest.py, and not by the bugs that are named beside it: `python3
adapters/python/planted/sequences.py` tries all of them, and exits with 1 if one is not told from the honest lock.
"""
import json
import os
import subprocess
import sys
import tempfile

S = 1000000000
HERE = os.path.dirname(os.path.abspath(__file__))


class Adapter:
    """Requests at instants that the sequence names."""

    def __init__(self, program, directory):
        self.child = subprocess.Popen([sys.executable, os.path.join(HERE, program)], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, text=True)
        self.asked = 0
        self.ask(0, "hello", protocol=1, directory=directory, seed=1)

    def ask(self, now, op, **fields):
        self.asked += 1
        request = {"id": self.asked, "op": op, "now_ns": now, "wall_ns": now, **fields}
        self.child.stdin.write(json.dumps(request) + "\n")
        self.child.stdin.flush()
        return json.loads(self.child.stdout.readline()).get("ok", {})

    def acquire(self, now, holder, ttl=S, **lock):
        return self.ask(now, "acquire", holder=holder, ttl_ns=ttl, **(lock or {"lock": "A"}))

    def renew(self, now, holder, ttl=S):
        return self.ask(now, "renew", lock="A", holder=holder, ttl_ns=ttl)["renewed"]

    def holder(self, now):
        return self.ask(now, "inspect", lock="A")["holder"]


def asked_again(a):
    """who asks again for what he holds is granted it with the same token"""
    first, second = a.acquire(0, "x-1"), a.acquire(S // 2, "x-1")
    return second == {"granted": True, "token": first["token"]}


def asked_again_later(a):
    """and has it for a full ttl from then on"""
    a.acquire(0, "x-1"), a.acquire(S // 2, "x-1")
    return not a.acquire(S + S // 4, "y-1")["granted"]


def last_nanosecond(a):
    """a lease lives one nanosecond before its deadline"""
    a.acquire(0, "x-1")
    return not a.acquire(S - 1, "y-1")["granted"]


def at_the_deadline(a):
    """and no more at it"""
    a.acquire(0, "x-1")
    return a.holder(S) is None and not a.renew(S, "x-1")


def looked_at_when_over(a):
    """nobody is named when the lease is over"""
    a.acquire(0, "x-1")
    return a.holder(2 * S) is None


def renewed_too_late(a):
    """what is over is not renewed, also if nobody came"""
    a.acquire(0, "x-1")
    return not a.renew(2 * S, "x-1")


def renewed_by_a_former_holder(a):
    """nor what another has"""
    a.acquire(0, "x-1"), a.acquire(2 * S, "y-1")
    return not a.renew(2 * S + 1, "x-1")


def renewed_often(a):
    """however often it was renewed, it ends a ttl after the last time"""
    a.acquire(0, "x-1")
    for i in range(1, 31):
        a.renew(i * S // 2, "x-1")
    return a.acquire(16 * S, "y-1")["granted"]


def many_grants(a):
    """tokens rise in a thousand grants"""
    tokens = [a.acquire(2 * i * S, f"x-{i}").get("token") for i in range(1000)]
    return all(a < b for a, b in zip(tokens, tokens[1:]))


def bytes_and_their_digits(a):
    """a name of other bytes is not the text of its hexadecimal digits"""
    a.acquire(0, "x-1", lock_hex="ff")
    return a.acquire(0, "y-1", lock="ff")["granted"]


CASES = {asked_again: ["asked_twice_new_token", "asked_twice_refused"], asked_again_later: ["asked_twice_old_deadline"],
         last_nanosecond: ["millisecond_early", "short_leases"], at_the_deadline: ["end_included"],
         looked_at_when_over: ["stale_inspect"], renewed_too_late: ["renewal_revives", "renewal_always"],
         renewed_by_a_former_holder: ["renewal_always"], renewed_often: ["renewal_adds"], many_grants: ["token_of_eight_bits"],
         bytes_and_their_digits: ["names_hex_or_text"]}


def right(case, program):
    with tempfile.TemporaryDirectory() as directory:
        adapter = Adapter(program, directory)
        try:
            return case(adapter)
        finally:
            adapter.child.stdin.close()
            adapter.child.wait()


def main():
    wrong = 0
    for case, bugs in CASES.items():
        for program, wanted in [("honest", True), *((bug, False) for bug in bugs)]:
            fine = right(case, program + ".py") == wanted
            wrong += not fine
            said = ("right" if wanted else "told apart") if fine else "NOT AS IT SHOULD BE"
            print(f"{program:26} {said:12} {case.__doc__}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
