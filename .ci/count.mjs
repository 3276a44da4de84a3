// Sums vitest's JSON reports: `node count.mjs [--one] FILE...`. Names every test that failed and why, then the sum; with
// --one, the sum of one suite without the names. Exit 1 when anything failed, did not load, or nothing ran.
import { readFileSync } from 'node:fs';

const one = process.argv.includes('--one');
const files = process.argv.slice(2).filter((argument) => argument !== '--one');
let passed = 0;
let failed = 0;
let broken = 0;
const reasons = [];
for (const file of files) {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'));
    passed += report.numPassedTests;
    failed += report.numFailedTests;
    // A file that does not load has no tests; vitest calls it a failed suite.
    broken += report.testResults.filter(
      (r) => r.status === 'failed' && r.assertionResults.length === 0,
    ).length;
    reasons.push(...report.testResults.filter((r) => r.status === 'failed').map(reasonsOf));
    if (!report.success && report.numFailedTests === 0) broken = Math.max(broken, 1);
  } catch {
    broken++;
  }
}
const ok = failed === 0 && broken === 0 && passed > 0;
if (!one && reasons.length > 0) console.log(reasons.join('\n'));
if (one) console.log(`${passed} passed, ${failed} failed${broken > 0 ? `, ${broken} did not run` : ''}`);
else console.log(`${passed} passed, ${failed} failed`);
process.exit(ok ? 0 : 1);

function reasonsOf({ name, message, assertionResults }) {
  const tests = assertionResults.filter(({ status }) => status === 'failed');
  if (tests.length === 0) return `FAILED ${name}\n${firstLines(message)}`;
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
