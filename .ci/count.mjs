// Sums vitest's JSON reports: `node count.mjs [--one] FILE...`. With --one, a line about one suite, and exit 1 when
// anything in it failed, did not load, or nothing ran.
import { readFileSync } from 'node:fs';

const one = process.argv.includes('--one');
const files = process.argv.slice(2).filter((argument) => argument !== '--one');
let passed = 0;
let failed = 0;
let broken = 0;
for (const file of files) {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'));
    passed += report.numPassedTests;
    failed += report.numFailedTests;
    // A file that does not load has no tests; vitest calls it a failed suite.
    broken += report.testResults.filter(
      (r) => r.status === 'failed' && r.assertionResults.length === 0,
    ).length;
    if (!report.success && report.numFailedTests === 0) broken = Math.max(broken, 1);
  } catch {
    broken++;
  }
}
const ok = failed === 0 && broken === 0 && passed > 0;
if (one) console.log(`${passed} passed, ${failed} failed${broken > 0 ? `, ${broken} did not run` : ''}`);
else console.log(`${passed} passed, ${failed} failed`);
process.exit(ok ? 0 : 1);
