/** What a query file may ask for by name: `:studies`, `:modality` … */
export interface QueryParameters {
  /** How many studies. */
  readonly studies: number;
  readonly order: 'random' | 'newest';
  /** Of the random order: the same seed, the same studies. */
  readonly seed: number;
  /** Null: any. */
  readonly modality: string | null;
  readonly body_part: string | null;
}

/** Types are written out: Postgres cannot tell that of `:modality IS NULL` from the query. */
const TYPES: Readonly<Record<keyof QueryParameters, string>> = {
  studies: 'bigint',
  order: 'text',
  seed: 'bigint',
  modality: 'text',
  body_part: 'text',
};

/** What may hold a colon that names no parameter (PostgreSQL, 4.1 Lexical Structure), then a parameter. */
const TOKEN = new RegExp(
  [
    /\b[eE]'(?:[^'\\]|''|\\[\s\S])*'/,
    /'(?:[^']|'')*'/,
    /"(?:[^"]|"")*"/,
    /--[^\n]*/,
    /\/\*[\s\S]*?\*\//,
    /\$(?<tag>(?:[A-Za-z_]\w*)?)\$[\s\S]*?\$\k<tag>\$/,
    /::/,
    /:(?<name>[A-Za-z_]\w*)/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'g',
);

export interface BoundQuery {
  readonly text: string;
  readonly values: readonly (string | number | null)[];
  /** The first name that looks like a parameter and is none: a mistake, or the slice of an array. */
  readonly unknown: string | undefined;
}

/** The query with `$n` for its parameters, on the same lines as before, and their values. */
export function bindParameters(sql: string, parameters: QueryParameters): BoundQuery {
  const order: (keyof QueryParameters)[] = [];
  let unknown: string | undefined;
  const text = sql.replace(TOKEN, (token, ...rest) => {
    const { name } = rest.at(-1) as { name?: string };
    if (name !== undefined && !Object.hasOwn(TYPES, name)) unknown ??= name;
    if (name === undefined || !Object.hasOwn(TYPES, name)) return token;
    const parameter = name as keyof QueryParameters;
    if (!order.includes(parameter)) order.push(parameter);
    return `($${order.indexOf(parameter) + 1}::${TYPES[parameter]})`;
  });
  return { text, values: order.map((name) => parameters[name]), unknown };
}
