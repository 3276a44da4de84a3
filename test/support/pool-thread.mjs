/** A thread for the tests of the pool: does what its task says. */
export default async function run(task) {
  if (task === 'hang') for (;;);
  if (task === 'exit') process.exit(3);
  if (task === 'fill') for (const kept = []; ; ) kept.push(new Array(1000).fill(task));
  if (task === 'never') await new Promise(() => {});
  if (task === 'refuse') return { error: { code: 'BAD_LUT', detail: 'said so' } };
  return { value: task };
}
