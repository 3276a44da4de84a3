// Compiles the AssemblyScript in wasm/ into `kernel.wasm.ts` beside those who use it, which are kept with the sources: who
// changes the one runs `npm run wasm`. `npm run lint` compares them (--check).
import { readFile, writeFile } from 'node:fs/promises';
import asc from 'assemblyscript/asc';

const root = new URL('..', import.meta.url);
const MODULES = {
  'wasm/jpeg-grey.ts': 'src/imaging/read/jpeg/kernel.wasm.ts',
  'wasm/samples.ts': 'src/imaging/steps/kernel.wasm.ts',
};

for (const [entry, out] of Object.entries(MODULES)) {
  const text = textOf(entry, await compiled(entry));
  if (!process.argv.includes('--check')) await writeFile(new URL(out, root), text);
  else if ((await readFile(new URL(out, root), 'utf8').catch(() => '')) !== text) {
    console.error(`${out} is not what ${entry} compiles to: npm run wasm`);
    process.exitCode = 1;
  }
}

async function compiled(entry) {
  let binary;
  const { error, stderr } = await asc.main(
    [entry, '--outFile', 'out.wasm', '-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd'],
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
  return binary;
}

function textOf(entry, binary) {
  const lines = Buffer.from(binary)
    .toString('base64')
    .match(/.{1,100}/g);
  return [
    `/** ${entry} as WebAssembly, base64. Made by \`npm run wasm\`. */`,
    'export const WASM =',
    `${lines.map((line) => `  '${line}'`).join(' +\n')};`,
    '',
  ].join('\n');
}
