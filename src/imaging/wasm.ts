// The types of WebAssembly are in the DOM library, which a program for Node does not load.
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}
const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi };

/** An address in the memory of a module. */
export interface Address {
  readonly value: number;
}

/** What a module compiled by `npm run wasm` exports. @param base64 its `WASM` */
export function instantiate<Exports>(base64: string): Exports {
  return new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(base64, 'base64'))).exports as Exports;
}
