/** Numbers with names, in groups: images by class, by split. Where there is one group, colour says nothing. */
export interface BarGroup {
  readonly name: string;
  readonly bars: readonly { readonly name: string; readonly value: number }[];
}

const COLOURS = ['#0b5c77', '#e08b2c', '#5b8c5a', '#a4508b', '#7a6c5d', '#4c6ef5'];
const ROW = 22;
const LEFT = 150;
const WIDE = 420;
const RIGHT = 80;

/** Horizontal bars as an SVG of their own: no script, no font, nothing loaded; the same bytes for the same numbers. */
export function barsSvg(title: string, groups: readonly BarGroup[]): string {
  const most = Math.max(1, ...groups.flatMap(({ bars }) => bars.map(({ value }) => value)));
  const names = [...new Set(groups.flatMap(({ bars }) => bars.map(({ name }) => name)))];
  const rows: string[] = [];
  let y = 40;
  for (const group of groups) {
    rows.push(`<text x="0" y="${y + 14}" font-weight="600">${xml(group.name)}</text>`);
    y += ROW;
    for (const { name, value } of group.bars) {
      const width = Math.round((WIDE * value * 10) / most) / 10;
      const colour = COLOURS[groups.length > 1 ? names.indexOf(name) % COLOURS.length : 0];
      rows.push(
        `<text x="${LEFT - 8}" y="${y + 14}" text-anchor="end">${xml(name)}</text>`,
        `<rect x="${LEFT}" y="${y + 3}" width="${width}" height="${ROW - 7}" fill="${colour}"/>`,
        `<text x="${LEFT + width + 6}" y="${y + 14}">${value}</text>`,
      );
      y += ROW;
    }
    y += 8;
  }
  const width = LEFT + WIDE + RIGHT;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" width="${width}" height="${y}" role="img" font-family="system-ui, sans-serif" font-size="13" fill="#1b2733">
<title>${xml(title)}</title>
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="0" y="18" font-size="15" font-weight="600">${xml(title)}</text>
${rows.join('\n')}
</svg>
`;
}

export function xml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
