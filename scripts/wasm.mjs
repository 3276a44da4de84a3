// Compiles wasm/jpeg-grey.ts (AssemblyScript) into src/imaging/read/jpeg/kernel.wasm.ts, which is kept with the
// sources: who changes the one runs `npm run wasm`. `npm run lint` compares them (--check).
import { readFile, writeFile } from 'node:fs/promises';
import asc from 'assemblyscript/asc';

const root = new URL('..', import.meta.url);
const ENTRY = 'wasm/jpeg-grey.ts';
const OUT = 'src/imaging/read/jpeg/kernel.wasm.ts';

let binary;
const { error, stderr } = await asc.main(
  [ENTRY, '--outFile', 'out.wasm', '-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd'],
  {
    // What is not there is looked for elsewhere.
    readFile: (name) => readFile(new URL(name, root), 'utf8').catch(() => null),
    writeFile: (_, contents) => {
      binary = contents;
    },
    listFiles: () => [],
  },
);
if (error) throw new Error(stderr.toString(), { cause: error });
const lines = Buffer.from(binary)
  .toString('base64')
  .match(/.{1,100}/g);
const text = [
  `/** ${ENTRY} as WebAssembly, base64. Made by \`npm run wasm\`. */`,
  'export const WASM =',
  `${lines.map((line) => `  '${line}'`).join(' +\n')};`,
  '',
].join('\n');
if (!process.argv.includes('--check')) await writeFile(new URL(OUT, root), text);
else if ((await readFile(new URL(OUT, root), 'utf8')) !== text) {
  console.error(`${OUT} is not what ${ENTRY} compiles to: npm run wasm`);
  process.exitCode = 1;
}
