// Bundles the browser code: every folder web/assets/<name> with a main.js becomes
// web/static/dist/<name>.js and <name>.css. Beside them go the icon sprite (the icons named in
// web/assets/icons.json) and the notices of every package that ends up in a bundle.
// The result is made in a temporary folder and swapped in, so a failed build keeps the old one.
import { build } from 'esbuild';
import fs from 'node:fs';
import path from 'node:path';

const ASSETS = 'web/assets';
const DIST = 'web/static/dist';
const BUILDING = `${DIST}.building`;
const OLD = `${DIST}.old`;
const ICONS = 'node_modules/@tabler/icons/icons/outline';

function entryPoints() {
  const names = fs.readdirSync(ASSETS).sort();
  const files = names.map(name => [name, path.join(ASSETS, name, 'main.js')]);
  return Object.fromEntries(files.filter(([, file]) => fs.existsSync(file)));
}

function symbol(name) {
  const file = path.join(ICONS, `${name}.svg`);
  if (!fs.existsSync(file)) throw new Error(`${ASSETS}/icons.json names an unknown icon: ${name}`);
  const body = fs.readFileSync(file, 'utf8')
    .replace(/[\s\S]*?<svg[\s\S]*?>/, '').replace('</svg>', '').replace(/\s*\n\s*/g, '');
  return `<symbol id="${name}" viewBox="0 0 24 24">${body}</symbol>`;
}

function sprite() {
  const names = JSON.parse(fs.readFileSync(path.join(ASSETS, 'icons.json'), 'utf8'));
  return `<svg xmlns="http://www.w3.org/2000/svg">${names.map(symbol).join('')}</svg>\n`;
}

/** The folders of the packages that esbuild read something from. */
function packages(inputs) {
  const found = Object.keys(inputs).map(file => /.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]);
  return [...new Set([...found, 'node_modules/@tabler/icons'])].filter(Boolean).sort();
}

function notice(folder) {
  const about = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const file = fs.readdirSync(folder).find(name => /^licen[cs]e/i.test(name));
  const text = file ? fs.readFileSync(path.join(folder, file), 'utf8').trim() : '';
  return `${about.name} ${about.version}\nLicence: ${about.license ?? 'see below'}\n\n${text}\n`;
}

function swap() {
  fs.rmSync(OLD, { recursive: true, force: true });
  if (fs.existsSync(DIST)) fs.renameSync(DIST, OLD);
  fs.renameSync(BUILDING, DIST);
  fs.rmSync(OLD, { recursive: true, force: true });
}

/** Ends with the message alone; esbuild has already printed what is wrong and where. */
function fail(error) {
  if (!error.errors) console.error(`error: ${error.message}`);
  process.exit(1);
}

process.on('uncaughtException', fail);
const started = Date.now();
fs.rmSync(BUILDING, { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: entryPoints(), outdir: BUILDING, bundle: true, minify: true, splitting: true,
  format: 'esm', target: ['chrome90', 'firefox90', 'safari15'],
  supported: { 'top-level-await': true },
  loader: { '.woff2': 'file', '.woff': 'file', '.ttf': 'file', '.eot': 'file', '.svg': 'file' },
  entryNames: '[name]', chunkNames: 'chunks/[hash]', assetNames: 'assets/[name]-[hash]',
  metafile: true, logLevel: 'warning', legalComments: 'none',
}).catch(fail);
fs.writeFileSync(path.join(BUILDING, 'icons.svg'), sprite());
const notices = packages(metafile.inputs).map(notice).join(`\n${'-'.repeat(72)}\n\n`);
fs.writeFileSync(path.join(BUILDING, 'NOTICES.txt'), notices);
swap();
for (const [file, { bytes }] of Object.entries(metafile.outputs)) {
  const name = path.relative(BUILDING, file);
  if (!name.includes(path.sep)) console.log(name.padEnd(16), `${(bytes / 1024).toFixed(0)} KB`);
}
console.log(`built in ${Date.now() - started} ms`);
