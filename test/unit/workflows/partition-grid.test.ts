import { describe, expect, test } from 'vitest';
import { PartitionGrid } from '../../../src/workflows/partition-grid.js';

const grid = (partitions: number, aLine: number) =>
  new PartitionGrid(
    'w'.repeat(partitions),
    Array.from({ length: Math.ceil(partitions / aLine) }, (_, i) => ({
      label: `${1 + i * aLine}`,
      count: Math.min(aLine, partitions - i * aLine),
    })),
  );

describe('the grid of a backfill', () => {
  test('shows each partition once, in its place, whatever becomes of it', () => {
    const made = grid(120, 50);
    made.set(0, 'd');
    made.set(50, 'f');
    made.set(119, 'r');
    const [first, second, third] = made.lines();
    expect(first).toBe(`  1  #${'.'.repeat(49)}`);
    expect(second).toBe(` 51  x${'.'.repeat(49)}`);
    expect(third).toBe(`101  ${'.'.repeat(19)}>`);
  });

  test('of 2,000 partitions is a page that fits a screen', () => {
    const lines = grid(2_000, 50).lines();
    expect(lines.length).toBeLessThanOrEqual(45);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test('of 100,000 says how much is not shown', () => {
    const lines = grid(100_000, 50).lines();
    expect(lines.length).toBeLessThan(210);
    expect(lines.join('\n')).toContain('1800 more lines');
  });
});
