#!/usr/bin/env node
// A lock for Lockstep, in JavaScript without packages: leases in a table, the token counter in a file. It does what
// ../python/example.py does; docs/adapters.md has the protocol. Times are numbers of nanoseconds and stay exact up to
// 2^53, which is 104 days of `now_ns`; `wall_ns`, which may not, is not used.
'use strict';

const fs = require('fs');
const path = require('path');
const readline = require('readline');

class Table {
  constructor(directory) {
    this.leases = new Map(); // lock: {holder, token, deadline}
    const counter = path.join(directory, 'epoch');
    const epoch = fs.existsSync(counter) ? Number(fs.readFileSync(counter, 'utf8')) + 1 : 1;
    fs.writeFileSync(counter + '.new', String(epoch));
    fs.renameSync(counter + '.new', counter);
    this.token = epoch * 2 ** 32; // no start gives out a token of an earlier one
  }

  living(lock, now) {
    const lease = this.leases.get(lock);
    return lease !== undefined && now < lease.deadline ? lease : null;
  }

  owned(lock, holder, now) {
    const lease = this.living(lock, now);
    return lease !== null && lease.holder === holder ? lease : null;
  }

  acquire(lock, holder, ttl, now) {
    const lease = this.living(lock, now);
    if (lease !== null && lease.holder !== holder) return { granted: false };
    if (lease === null) this.token += 1;
    const token = lease === null ? this.token : lease.token;
    this.leases.set(lock, { holder, token, deadline: now + ttl });
    return { granted: true, token };
  }

  renew(lock, holder, ttl, now) {
    const lease = this.owned(lock, holder, now);
    if (lease !== null) lease.deadline = now + ttl;
    return { renewed: lease !== null };
  }

  release(lock, holder, now) {
    const lease = this.owned(lock, holder, now);
    if (lease !== null) this.leases.delete(lock);
    return { released: lease !== null };
  }

  inspect(lock, now) {
    const lease = this.living(lock, now);
    return { holder: lease === null ? null : lease.holder };
  }
}

let table = null;

function answer(request) {
  const now = request.now_ns;
  if (request.op === 'hello') {
    table = new Table(request.directory);
    return {
      protocol: 1,
      name: 'example-node',
      about: 'leases in a table of a JavaScript program',
      claims: { fencing: true, wall_clock_immune: true, max_drift_ppb: 2000000 },
    };
  }
  const lock = JSON.stringify([request.space, request.lock, request.lock_hex]);
  switch (request.op) {
    case 'acquire': return table.acquire(lock, request.holder, request.ttl_ns, now);
    case 'renew': return table.renew(lock, request.holder, request.ttl_ns, now);
    case 'release': return table.release(lock, request.holder, now);
    case 'inspect': return table.inspect(lock, now);
    default: throw new Error('an operation that is not in the protocol: ' + request.op);
  }
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const request = JSON.parse(line);
  process.stdout.write(JSON.stringify({ id: request.id, ok: answer(request) }) + '\n');
});
