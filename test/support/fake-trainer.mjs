// A trainer that does what its parameters say: for tests of whoever runs one.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const option = (name) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? undefined : process.argv[at + 1];
};
const output = option('output');
const { params } = JSON.parse(readFileSync(option('params'), 'utf8'));
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const note = (name, text) => writeFileSync(join(output, name), text);

let first = 0;
if (option('resume')) first = Number(readFileSync(option('resume'), 'utf8'));
note(
  `started-at-${first}`,
  JSON.stringify({ pid: process.pid, env: process.env, args: process.argv.slice(2) }),
);

const { epochs = 3, behave = 'well', epochMs = 0, stopAt, model } = params;
if (behave === 'deaf') process.on('SIGTERM', () => {});
// As a program that does not mind that nobody listens any more.
if (behave === 'stubborn') process.stdout.on('error', () => {});
if (behave === 'child') {
  const { spawn } = await import('node:child_process');
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
  child.unref();
  note('child.pid', String(child.pid));
}
if (behave === 'exit') process.exit(params.status ?? 1);
if (behave === 'hang' || behave === 'deaf') await new Promise(() => setInterval(() => {}, 1000));
if (behave === 'garbage') {
  process.stdout.write('no line of anything\n{"type":"progress"\n[1]\n');
  process.stdout.write(Buffer.concat([Buffer.alloc(200_000, 120), Buffer.from('\n')]));
  process.stderr.write(Buffer.from([0xff, 0xfe, 10]));
  say({ type: 'progress', epoch: 'one', metrics: { 'Doe^John at home': 1, loss: 'low', ok: 2 } });
}
if (behave === 'fill')
  for (let n = 0; ; n++) {
    writeFileSync(join(output, `big-${n}`), Buffer.alloc(256 * 1024));
    await sleep(50);
  }
for (let epoch = first + 1; epoch <= epochs; epoch++) {
  await sleep(epochMs);
  mkdirSync(join(output, 'checkpoints'), { recursive: true });
  writeFileSync(join(output, 'checkpoints/next'), String(epoch));
  renameSync(join(output, 'checkpoints/next'), join(output, 'checkpoints/last'));
  say({ type: 'progress', epoch, epochs, metrics: { loss: 1 / epoch } });
  say({ type: 'checkpoint', path: 'checkpoints/last', epoch, epochs });
  if (epoch === stopAt && first === 0) await new Promise(() => setInterval(() => {}, 1000));
}
if (behave === 'elsewhere') {
  say({ type: 'result', model: '../params.json' });
  process.exit(0);
}
if (behave !== 'no-model') {
  const bytes =
    model && existsSync(model) ? readFileSync(model) : Buffer.from(behave === 'not-onnx' ? 'text' : '');
  writeFileSync(join(output, 'best.onnx'), bytes);
  say({ type: 'result', model: 'best.onnx', metrics: { loss: 0.5 } });
}
