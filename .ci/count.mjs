// Sums vitest's JSON reports. Exit 1 when anything failed, did not load, or nothing ran.
//   count.mjs REPORT...          names every test that failed and why, then the sum
//   count.mjs --one REPORT       the sum of one suite
//   count.mjs --again REPORT     the test files that failed, a line each
// What lies in REPORT.again, of a second try of those files, takes the place of their first results.
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';

const [mode, ...files] = process.argv[2]?.startsWith('--')
  ? process.argv.slice(2)
  : ['', ...process.argv.slice(2)];

if (mode === '--again') for (const name of again(read(files[0]) ?? [])) console.log(name);
else process.exitCode = count() ? 0 : 1;

function count() {
  const suites = files.map(resultsOf);
  const results = suites.flatMap((suite) => suite ?? []);
  const tests = results.flatMap(({ assertionResults }) => assertionResults);
  const [passed, failed] = ['passed', 'failed'].map(
    (is) => tests.filter(({ status }) => status === is).length,
  );
  const broken = results.filter(
    (r) => isBad(r) && r.assertionResults.every(({ status }) => status !== 'failed'),
  ).length;
  const none = suites.filter((suite) => suite === undefined).length;
  const reasons = results.filter(isBad).map(reasonsOf);
  if (mode === '' && reasons.length > 0) console.log(reasons.join('\n'));
  const rest = mode === '--one' && broken + none > 0 ? `, ${broken + none} did not run` : '';
  console.log(`${passed} passed, ${failed} failed${rest}`);
  return reasons.length === 0 && none === 0 && passed > 0;
}

function resultsOf(file) {
  const first = read(file);
  const second = read(`${file}.again`) ?? [];
  const tried = new Set(second.map(({ name }) => name));
  return first && [...first.filter(({ name }) => !tried.has(name)), ...second];
}

function read(file) {
  if (!existsSync(file)) return undefined;
  return JSON.parse(readFileSync(file, 'utf8')).testResults;
}

/** A file that does not load has no tests; of a worker that crashed vitest calls the file passed and the tests pending. */
function isBad({ status, assertionResults }) {
  return status === 'failed' || assertionResults.some((test) => test.status === 'pending');
}

function again(results) {
  return results.filter(isBad).map(({ name }) => relative('.', name));
}

function reasonsOf({ name, message, assertionResults }) {
  const tests = assertionResults.filter(({ status }) => status === 'failed');
  if (tests.length === 0) return `FAILED ${name}\n${firstLines(message || 'its worker ended in the middle')}`;
  return tests
    .map(
      ({ fullName, failureMessages }) =>
        `FAILED ${name}: ${fullName}\n${firstLines(failureMessages.join('\n'))}`,
    )
    .join('\n');
}

function firstLines(text) {
  return text
    .split('\n')
    .slice(0, 12)
    .map((line) => `    ${line.slice(0, 400)}`)
    .join('\n');
}
