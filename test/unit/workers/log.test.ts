import { Writable } from 'node:stream';
import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import { CxrError } from '../../../src/errors.js';
import { Sensitive } from '../../../src/privacy/sensitive.js';
import { createLog } from '../../../src/workers/log.js';

function logged(format: 'json' | 'text', write: (log: ReturnType<typeof createLog>) => void): string {
  let output = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      output += String(chunk);
      done();
    },
  });
  write(createLog({ level: 'info', format }, stream));
  return output;
}

test.each(['json', 'text'] as const)(
  '%s: texts of other libraries and sensitive values stay out',
  (format) => {
    const cause = Object.assign(new Error("ENOENT: no such file, open '/nas/DOE^JOHN'\n    at DOE^JOHN"), {
      code: 'ENOENT',
      syscall: 'open',
      path: '/nas/DOE^JOHN',
    });
    const output = logged(format, (log) => {
      log.error({ err: cause }, 'one');
      log.error(
        { err: new CxrError('STORAGE_IO', 'bucket', { cause }), path: new Sensitive('/nas/DOE^JOHN') },
        'two',
      );
      log.error({ err: 'DOE^JOHN' }, 'three');
    });
    expect(output).not.toContain('DOE');
    expect(output).toContain('ENOENT');
    expect(output).toContain('STORAGE_IO');
    expect(output).toContain('[sensitive]');
    expect(output.trim().split('\n')).toHaveLength(3);
  },
);

test('says where in the code an unexpected error came from', () => {
  const line = JSON.parse(logged('json', (log) => log.error({ err: new TypeError('x') }, 'm')));
  expect(line.err).toMatchObject({ code: 'UNEXPECTED', name: 'TypeError' });
  expect(line.err.frames[0]).toContain('log.test.ts');
});

test('a failure that was made of the registry shows its code', () => {
  const err = ApplicationFailure.create({ type: 'DISK_FULL', message: 'The disk is full' });
  expect(JSON.parse(logged('json', (log) => log.warn({ err }, 'm'))).err).toEqual({
    code: 'DISK_FULL',
    message: 'The disk is full',
  });
});

test('the level is kept', () => {
  expect(logged('json', (log) => log.debug('quiet'))).toBe('');
});
