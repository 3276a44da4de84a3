/** Names of fields are compared without case, spaces, `_`, `-` and `.`: `image_id`, `imageId` and `Image ID` are one. */
export function fold(name: string): string {
  return name.toLowerCase().replace(/[\s._-]+/g, '');
}

export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Fields of a JSON object by any of the names they go by. */
export class Fields {
  readonly #fields: ReadonlyMap<string, unknown>;

  constructor(object: Json) {
    this.#fields = new Map(Object.entries(object).map(([name, value]) => [fold(name), value]));
  }

  /** The first of these names (folded) that is there. */
  get(...names: readonly string[]): unknown {
    for (const name of names) {
      const value = this.#fields.get(name);
      if (value !== undefined) return value;
    }
    return undefined;
  }
}
