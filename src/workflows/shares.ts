/**
 * How many images each stage of a load pattern takes: parts as its workers are of all, whole, none lost.
 *
 * @param load workers of each stage, at least one stage, each at least 1
 */
export function sharesOf(images: number, load: readonly number[]): readonly number[] {
  const workers = load.reduce((a, b) => a + b, 0);
  let before = 0;
  let given = 0;
  return load.map((n) => {
    before += n;
    const upTo = Math.round((images * before) / workers);
    const share = upTo - given;
    given = upTo;
    return share;
  });
}
