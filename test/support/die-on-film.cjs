// Loaded into a worker before its own code (`node --require`): the process that works on a film of DIE_ON_FILM
// (rows x columns) ends at once, as it does when a codec crashes. Reaches threads and child processes.
const crypto = require('node:crypto');
const { syncBuiltinESMExports } = require('node:module');

const size = process.execArgv.find((arg) => arg.startsWith('--title='))?.slice('--title='.length);
const { createHash } = crypto;
crypto.createHash = (...args) => {
  const hash = createHash(...args);
  const update = hash.update;
  // The hash of pixels begins with their form.
  hash.update = (data, ...more) => {
    if (typeof data === 'string' && data.startsWith(`${size}x`)) process.kill(process.pid, 'SIGKILL');
    return update.call(hash, data, ...more);
  };
  return hash;
};
syncBuiltinESMExports();
