// Precision and recall of the burned-in text detector on generated films, and what it says about real ones.
//   node scripts/burned-in-text.mjs [--films DIR] [--set tuning|held-out] [--list]     (after `npm run build`; needs some fonts)
// DIR holds PNG or JPEG films that are known to carry no text but markers. Numbers: docs/burned-in-text.md
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { detectBurnedIn } from '../dist/dicom/burnin/detect.js';

const { values: args } = parseArgs({
  options: {
    films: { type: 'string' },
    list: { type: 'boolean', default: false },
    set: { type: 'string' },
  },
});

/** mulberry32: the same films every time. */
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A chest: bright body, two dark lungs, soft spine and heart, rib-like edges, noise, a collimator border. */
function film(seed, width, height) {
  const r = random(seed);
  const data = new Uint8Array(width * height);
  const noise = 1 + r() * 9;
  const sharpness = 0.004 + r() * 0.01;
  const border = Math.round(r() * 0.06 * width);
  const borderValue = r() < 0.7 ? 0 : 255;
  const tilt = r() - 0.5;
  const bright = 150 + r() * 90;
  const step = (x) => 1 / (1 + Math.exp(-x));
  for (let y = 0; y < height; y++) {
    const v = y / height;
    for (let x = 0; x < width; x++) {
      const u = x / width + tilt * 0.05 * v;
      let value = bright * step((0.42 - Math.abs(u - 0.5)) / 0.02);
      for (const side of [-1, 1]) {
        const d = Math.hypot((u - 0.5 - side * 0.19) / 0.15, (v - 0.47) / 0.33);
        const inside = step((1 - d) / 0.06);
        const ribs = step((Math.sin((v + (u - 0.5) * side * 0.9) * 55) - 0.4) / (sharpness * 40)) * 28;
        value -= inside * (bright * 0.62 - ribs);
      }
      value +=
        30 * Math.exp(-(((u - 0.5) / 0.04) ** 2)) +
        25 * Math.exp(-(((u - 0.56) / 0.09) ** 2) - ((v - 0.65) / 0.12) ** 2);
      // Two uniform numbers make a noise near enough to normal.
      value += (r() + r() - 1) * noise * 2.4;
      data[y * width + x] = Math.max(0, Math.min(255, value));
      if (x < border || y < border || x >= width - border) data[y * width + x] = borderValue;
    }
  }
  return { width, height, data };
}

const escapeXml = (text) => text.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`);

/** Draws SVG over a film. */
async function draw(base, svg, blur = 0) {
  const { width, height } = base;
  let layer = sharp(
    Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${svg}</svg>`),
  );
  if (blur) layer = sharp(await layer.png().toBuffer()).blur(blur);
  const data = await sharp(base.data, { raw: { width, height, channels: 1 } })
    .toColourspace('srgb')
    .composite([{ input: await layer.png().toBuffer() }])
    .greyscale()
    .raw()
    .toBuffer();
  return { width, height, data: new Uint8Array(data) };
}

/** Text drawn white on white, or mostly past the edge, is none. */
function visible(before, after, size) {
  let changed = 0;
  for (let i = 0; i < before.data.length; i++) if (Math.abs(before.data[i] - after.data[i]) > 45) changed++;
  return changed > size * size * 0.5;
}

const pick = (r, list) => list[Math.floor(r() * list.length)];
/** The thresholds of the detector were chosen on the first set; nothing was chosen on the second. */
const SETS = [
  {
    name: 'tuning',
    seeds: 0,
    fonts: ['DejaVu Sans', 'DejaVu Sans Mono', 'DejaVu Serif', 'DejaVu Sans Condensed'],
    names:
      "DOE^JOHN|Miller, Anna|SCHMIDT|Nguyen Van An|O'Brien, Mary|KOWALSKI JAN M|Li Wei|Patient: Roe".split(
        '|',
      ),
    numbers: '12.03.1945|1945-03-12|ID 00123456|MRN: 4711-08|03/12/45 10:15|ACC 20240815|12345678'.split('|'),
  },
  {
    name: 'held-out',
    seeds: 500_000,
    fonts: ['Liberation Sans', 'Nimbus Sans Narrow', 'Liberation Mono', 'P052'],
    names:
      'VAN DER BERG, P|Ferreira Silva|TAKAHASHI^YUKO|Mr. Ekwueme|Zoe Quist|FITZGERALD|Hübner, Jörg|Name: Abara'.split(
        '|',
      ),
    numbers: '07-Nov-1962|62/11/07|PID 88-20931|Case 9931 07|19621107|#40027 F 061Y|Tel 555 0199'.split('|'),
  },
];

/** One text with all that varies. */
function text(r, { width, height }, { fonts, names, numbers }) {
  const size = Math.round(12 + r() * r() * 48) * (width > 1500 ? 1.5 : 1);
  const x = Math.round(width * (0.03 + r() * 0.6));
  const y = Math.round(size * 1.5 + r() * (height - 5 * size));
  const colour = pick(r, ['#fff', '#fff', '#fff', '#000', '#ddd']);
  const box = r() < 0.2 || colour === '#000';
  const lines = [pick(r, names), ...(r() < 0.5 ? [pick(r, numbers)] : [])];
  const turned = r() < 0.15 ? ` transform="rotate(${pick(r, [90, -90])} ${x} ${y})"` : '';
  const face = `font-family="${pick(r, fonts)}" font-size="${size}" font-weight="${pick(r, ['normal', 'bold'])}"`;
  const ground = box
    ? `<rect x="${x - size}" y="${y - size * 1.2}" width="${size * 14}" height="${size * 3.4}" fill="${colour === '#000' ? '#eee' : '#000'}"/>`
    : '';
  const spans = lines.map(
    (line, i) => `<tspan x="${x}" dy="${i ? size * 1.2 : 0}">${escapeXml(line)}</tspan>`,
  );
  return {
    svg: `<g${turned}>${ground}<text y="${y}" ${face} fill="${colour}">${spans.join('')}</text></g>`,
    size,
    colour,
    turned: turned !== '',
    lines,
  };
}

/** What films carry beside anatomy and text: markers, wires, electrodes, a pacemaker, clips. */
function furniture(r, { width, height }, { fonts }) {
  const parts = [];
  const size = Math.round((30 + r() * 60) * (width > 1500 ? 1.5 : 1));
  const marker = pick(r, ['L', 'R', 'AP', 'PA', 'LAT', 'R', 'L', 'AP ERECT', 'PORTABLE', 'SUPINE']);
  parts.push(
    `<text x="${width * (0.05 + r() * 0.15)}" y="${height * (0.08 + r() * 0.1)}" font-family="${pick(r, fonts)}" font-weight="${pick(r, ['normal', 'bold'])}" font-size="${size}" fill="#fff">${marker}</text>`,
  );
  const wires = Math.floor(r() * 4);
  for (let i = 0; i < wires; i++) {
    const p = () => `${width * r()} ${height * r()}`;
    parts.push(
      `<path d="M${p()} C${p()} ${p()} ${p()}" stroke="#fff" stroke-opacity="${0.4 + r() * 0.5}" stroke-width="${2 + r() * 8}" fill="none"/>`,
    );
    parts.push(
      `<circle cx="${width * r()}" cy="${height * r()}" r="${8 + r() * 20}" fill="none" stroke="#eee" stroke-width="4"/>`,
    );
  }
  if (r() < 0.3)
    for (let i = 0; i < 5; i++)
      parts.push(
        `<ellipse cx="${width * 0.5 + r() * 8}" cy="${height * (0.3 + i * 0.07)}" rx="${10 + r() * 8}" ry="${8 + r() * 6}" fill="none" stroke="#fff" stroke-width="3"/>`,
      );
  if (r() < 0.3)
    parts.push(
      `<rect x="${width * 0.65}" y="${height * 0.2}" width="${width * 0.1}" height="${width * 0.08}" rx="30" fill="#f4f4f4" stroke="#fff" stroke-width="5"/>`,
    );
  return { svg: parts.join(''), marker };
}

const sizes = [
  [1024, 1024],
  [1024, 1250],
  [2048, 2500],
];
const times = [];

function look(image) {
  // Time of the processor, not of the clock: other work on the machine does not count.
  const start = process.cpuUsage();
  const result = detectBurnedIn(image);
  const { user, system } = process.cpuUsage(start);
  const ms = (user + system) / 1000;
  if (image.width === 2048) times.push(ms);
  return result;
}

const perSize = [40, 40, 12];

async function measure(set) {
  const count = { clean: [0, 0], furnished: [0, 0], text: [0, 0] };
  for (const [s, [width, height]] of sizes.entries())
    for (let i = 0; i < perSize[s]; i++) {
      const seed = set.seeds + s * 1000 + i;
      const r = random(seed * 7 + 1);
      const base = film(seed, width, height);
      const note = (kind, wrong, about) => {
        count[kind][0]++;
        if (!wrong) return;
        count[kind][1]++;
        if (args.list) console.log(`${kind} ${width}x${height} #${i}: ${about}`);
      };
      const clean = look(base);
      note('clean', clean.review, JSON.stringify(clean.findings));
      const things = furniture(r, base, set);
      const dressed = await draw(base, things.svg, r() < 0.4 ? 1.2 : 0);
      const furnished = look(dressed);
      note('furnished', furnished.review, `${things.marker} ${JSON.stringify(furnished.findings)}`);
      for (let k = 0; k < 3; k++) {
        const written = text(r, base, set);
        const before = k === 2 ? await draw(base, things.svg) : base;
        const image = await draw(before, written.svg);
        if (!visible(before, image, written.size)) continue;
        note('text', !look(image).review, JSON.stringify({ ...written, svg: undefined }));
      }
    }
  const wrong = count.clean[1] + count.furnished[1];
  const found = count.text[0] - count.text[1];
  console.log(`${set.name} set: ${set.fonts.join(', ')}`);
  console.log(`  films without text        ${count.clean[0]}, sent to review ${count.clean[1]}`);
  console.log(`  films with markers, wires ${count.furnished[0]}, sent to review ${count.furnished[1]}`);
  console.log(`  films with text           ${count.text[0]}, found ${found}`);
  console.log(
    `  precision ${(found / (found + wrong)).toFixed(3)}  recall ${(found / count.text[0]).toFixed(3)}`,
  );
}
for (const set of SETS) if (args.set === undefined || args.set === set.name) await measure(set);

times.sort((a, b) => a - b);
console.log(
  `2048x2500: processor time median ${times[times.length >> 1].toFixed(0)} ms, worst ${times.at(-1).toFixed(0)} ms of ${times.length}`,
);

if (args.films) {
  let [written, seen] = [0, 0];
  for (const name of readdirSync(args.films).filter((n) => /\.(png|jpe?g)$/i.test(n))) {
    const { data, info } = await sharp(join(args.films, name))
      .greyscale()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const real = { width: info.width, height: info.height, data: new Uint8Array(data) };
    const { review, findings } = detectBurnedIn(real);
    console.log(
      `${name} ${info.width}x${info.height}: ${review ? 'REVIEW' : 'ok'} ${JSON.stringify(findings)}`,
    );
    for (let k = 0; k < 20; k++) {
      const about = text(random(9000 + k), real, SETS[0]);
      const image = await draw(real, about.svg);
      if (!visible(real, image, about.size)) continue;
      written++;
      if (detectBurnedIn(image).review) seen++;
      else if (args.list) console.log(`  missed ${JSON.stringify({ ...about, svg: undefined })}`);
    }
  }
  console.log(`text drawn on real films ${written}, found ${seen}`);
}
