import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../../src/config/load.js';
import { QUEUES } from '../../../src/config/schema.js';

const root = new URL('../../../', import.meta.url);
const text = (path: string) => readFileSync(new URL(path, root), 'utf8');

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly volumes?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: unknown;
}
const compose = parse(text('docker-compose.yml'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};
const services = Object.entries(compose.services);

describe('docker-compose.yml', () => {
  test('has a worker service for every queue and no other queue', () => {
    const served = services.filter(([name]) => name.startsWith('worker-')).map(([, s]) => s.command?.[2]);
    expect(served.sort()).toEqual([...QUEUES].sort());
  });

  test.each(services)('%s waits only for what is there and can become so', (_name, service) => {
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      expect(compose.services).toHaveProperty(other);
      if (condition === 'service_healthy') expect(compose.services[other]).toHaveProperty('healthcheck');
    }
  });

  test.each(services)('%s names an edition of its image and volumes that are declared', (_name, service) => {
    expect(service.image).toMatch(/:[\w.-]+$/);
    expect(service.image).not.toMatch(/:latest$/);
    const named = (service.volumes ?? []).map((v) => v.split(':')[0] ?? '').filter((v) => /^[a-z]/.test(v));
    for (const volume of named) expect(compose.volumes).toHaveProperty(volume);
  });

  test('holds no secret: every password is a variable that must be set', () => {
    for (const [, { environment = {} }] of services)
      for (const [key, value] of Object.entries(environment))
        if (/PASSWORD|PWD|SECRET|_KEY$|DATABASE_URL/.test(key)) expect(value).toMatch(/\$\{\w+:\?/);
    const asked = [...text('docker-compose.yml').matchAll(/\$\{(\w+)/g)].map((m) => m[1]);
    for (const variable of asked) expect(text('.env.example')).toMatch(new RegExp(`^${variable}=`, 'm'));
  });
});

describe.each(['config/compose.yaml', 'config/gcp.yaml'])('%s', (path) => {
  const env = {
    DATABASE_URL: 'postgres://db/x',
    S3_ACCESS_KEY: 'a',
    S3_SECRET_KEY: 'b',
    TEMPORAL_API_KEY: 'c',
  };
  const config = loadConfig({ file: new URL(path, root).pathname, env });

  test('is valid, and fit for workers on several machines', () => {
    expect(config.temporal.address).toBeDefined();
    expect(config.storage.root).toMatch(/^(s3|gs):/);
    expect(config.metrics.host).toBe('0.0.0.0');
    for (const { input } of config.schedules) expect(config.sources).toHaveProperty(String(input?.source));
  });
});

describe('Dockerfile', () => {
  const stages = text('Dockerfile').split(/^FROM /m);
  const last = stages.at(-1) ?? '';

  test('ends without root, build tools or the tests', () => {
    expect(stages).toHaveLength(3);
    expect(last).toMatch(/^USER 1000:1000$/m);
    expect(last).not.toMatch(/npm |tsc|COPY (src|test|\.) /);
    expect(last).toMatch(/HEALTHCHECK/);
  });

  test('copies only what .dockerignore lets through', () => {
    const allowed = text('.dockerignore')
      .split('\n')
      .filter((l) => l.startsWith('!'))
      .map((l) => l.slice(1));
    const copied = [...text('Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap((m) =>
      (m[1] ?? '').split(' '),
    );
    expect(copied.filter((path) => !allowed.includes(path))).toEqual([]);
  });
});
