// What adapters of locks for Node have in common: the protocol (docs/adapters.md), one request after the other, and where
// packages are found. They are not part of this repository: `sh adapters/third_party/npm.sh` installs them into a folder
// of the user's cache, or LOCKSTEP_NPM names another.
'use strict';

const crypto = require('crypto');
const os = require('os');
const path = require('path');
const readline = require('readline');

const cache = process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
const folder = process.env.LOCKSTEP_NPM || path.join(cache, 'lockstep', 'npm');

function load(name) {
  try {
    return require(require.resolve(name, { paths: [folder] }));
  } catch (error) {
    console.error(`${name} is not installed in ${folder}: sh adapters/third_party/npm.sh (${error.message.split('\n')[0]})`);
    process.exit(1);
  }
}

const version = (name) => load(`${name}/package.json`).version;

// A lock's name as text that any store can keep.
function digest(request) {
  return crypto.createHash('sha256').update(JSON.stringify([request.space, request.lock, request.lock_hex])).digest('hex');
}

// An error that is answered: `definite` says whether it surely did not happen.
class Failed extends Error {
  constructor(kind, definite, detail) {
    super(detail);
    this.said = { kind, definite, detail };
  }
}

// operations: hello(request), acquire(lock, request), ..., which may be asynchronous.
async function serve(operations) {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    const said = { id: request.id };
    try {
      said.ok = await (request.op === 'hello' ? operations.hello(request) : operations[request.op](digest(request), request));
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      said.error = error.said;
    }
    process.stdout.write(JSON.stringify(said) + '\n');
  }
}

module.exports = { Failed, load, serve, version };
