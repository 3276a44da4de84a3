import type { Agreement } from '../agreement.js';
import { type DetectionStatistics, HEAT_CELLS, SIZE_BINS } from './statistics.js';

const FONT = 'font-family="system-ui, sans-serif" font-size="12"';
const INK = '#1f2933';
const QUIET = '#5b6770';
const BAR = '#2a6f97';
const GRID = '#e3e8ec';

/** The pictures of a dataset card, by name: SVG without scripts, fonts or links. */
export function detectionPlots(
  statistics: DetectionStatistics,
  agreement: Agreement,
): Readonly<Record<string, string>> {
  const used = statistics.classes.filter(({ boxes }) => boxes > 0);
  return {
    splits: bars(
      'Images by split',
      Object.entries(statistics.splits).map(([name, { images }]) => [name, images]),
    ),
    classes: bars(
      'Boxes by class',
      [...used].sort((a, b) => b.boxes - a.boxes || a.id - b.id).map(({ name, boxes }) => [name, boxes]),
    ),
    sizes: columns(
      'Boxes by size (side of a square of the same area, in % of the image)',
      Array.from({ length: SIZE_BINS }, (_, bin) => [
        String((bin * 100) / SIZE_BINS),
        used.reduce((sum, { sizes }) => sum + (sizes[bin] ?? 0), 0),
      ]),
    ),
    heatmaps: heatMaps(used),
    readers: bars(
      'Boxes by reader',
      Object.entries(statistics.readers).map(([name, { boxes }]) => [name, boxes]),
    ),
    agreement: bars(
      "Agreement of all readers (Fleiss' kappa) by class",
      agreement.fleiss.classes.flatMap(({ name, kappa }) => (kappa === null ? [] : [[name, kappa]])),
      2,
    ),
  };
}

type Row = readonly [label: string, value: number];

function bars(title: string, rows: readonly Row[], decimals = 0): string {
  const [left, row, width] = [170, 22, 420];
  const most = Math.max(1e-9, ...rows.map(([, value]) => value));
  const lines = rows.map(([label, value], i) => {
    const y = 40 + i * row;
    const length = (Math.max(0, value) / most) * width;
    return (
      `<text x="${left - 8}" y="${y + 12}" text-anchor="end" fill="${INK}">${escapeXml(label)}</text>` +
      `<rect x="${left}" y="${y}" width="${fixed(length)}" height="${row - 6}" rx="2" fill="${BAR}"/>` +
      `<text x="${fixed(left + length + 6)}" y="${y + 12}" fill="${QUIET}">${value.toFixed(decimals)}</text>`
    );
  });
  return svg(left + width + 70, 50 + Math.max(1, rows.length) * row, title, lines);
}

function columns(title: string, rows: readonly Row[]): string {
  const [left, top, height, step] = [50, 50, 170, 28];
  const most = Math.max(1, ...rows.map(([, value]) => value));
  const axis = `<line x1="${left}" y1="${top + height}" x2="${left + rows.length * step}" y2="${top + height}" stroke="${GRID}"/>`;
  const lines = rows.map(([label, value], i) => {
    const tall = (value / most) * height;
    const x = left + i * step;
    return (
      `<rect x="${x + 3}" y="${fixed(top + height - tall)}" width="${step - 6}" height="${fixed(tall)}" rx="2" fill="${BAR}"/>` +
      `<text x="${x + 3}" y="${top + height + 16}" fill="${QUIET}" font-size="10">${escapeXml(label)}</text>` +
      (value > 0
        ? `<text x="${x + step / 2}" y="${fixed(top + height - tall - 4)}" text-anchor="middle" fill="${QUIET}" font-size="10">${value}</text>`
        : '')
    );
  });
  return svg(left + rows.length * step + 20, top + height + 30, title, [axis, ...lines]);
}

/** One square a class: where on the image its boxes lie, dark where most do. */
function heatMaps(classes: DetectionStatistics['classes']): string {
  const [side, gap, across] = [128, 22, 5];
  const cell = side / HEAT_CELLS;
  const maps = classes.map(({ name, boxes, heat }, i) => {
    const x = 10 + (i % across) * (side + gap);
    const y = 50 + Math.floor(i / across) * (side + gap + 22);
    const most = Math.max(1, ...heat.flat());
    const cells = heat.flatMap((row, r) =>
      row.flatMap((value, c) =>
        value === 0
          ? []
          : [
              `<rect x="${fixed(x + c * cell)}" y="${fixed(y + r * cell)}" width="${cell}" height="${cell}" fill="${BAR}" fill-opacity="${(value / most).toFixed(2)}"/>`,
            ],
      ),
    );
    return (
      `<text x="${x}" y="${y - 6}" fill="${INK}">${escapeXml(name)} <tspan fill="${QUIET}">${boxes}</tspan></text>` +
      `<rect x="${x}" y="${y}" width="${side}" height="${side}" fill="#f6f8f9" stroke="${GRID}"/>${cells.join('')}`
    );
  });
  const rows = Math.max(1, Math.ceil(classes.length / across));
  return svg(10 + across * (side + gap), 50 + rows * (side + gap + 22), 'Where boxes lie, by class', maps);
}

function svg(width: number, height: number, title: string, parts: readonly string[]): string {
  const name = `<title>${escapeXml(title)}</title><text x="10" y="22" font-size="14" font-weight="600" fill="${INK}">${escapeXml(title)}</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" ${FONT}>\n<rect width="100%" height="100%" fill="white"/>${name}\n${parts.join('\n')}\n</svg>\n`;
}

const fixed = (value: number) => value.toFixed(1);

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
