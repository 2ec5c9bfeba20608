import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import type * as SoundLibrary from 'soda-morph/sound';
import { expect, keepScreenshot, ready, test } from './site.js';
import { withoutPrior } from './without-prior.js';

/** The native program, which scripts/test.sh has built; run by itself: SODA_PROGRAM=…/release/soda npm run test:browser. */
const program = process.env['SODA_PROGRAM'] ?? '';
const RATE = 16_000;
const SAMPLES = 16_384;

declare global {
  interface Window {
    /** What was played since the last look, at 16 kHz. */
    heard: number[][];
  }
}

/** Notes what is played. To be called before the page opens. */
async function listen(page: Page): Promise<void> {
  await page.addInitScript(() => {
    window.heard = [];
    const prototype = AudioBufferSourceNode.prototype;
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called below on what it belongs to
    const { start } = prototype;
    prototype.start = function (...args) {
      if (this.buffer) window.heard.push([...this.buffer.getChannelData(0)]);
      start.apply(this, args);
    };
  });
}

/** Opens the panel with the small model and waits until the way is painted. */
async function open(page: Page, state = '', model = 'model=fixtures/tiny/&'): Promise<void> {
  await listen(page);
  await page.goto(`?${model}backend=cpu#sounds${state}`);
  await painted(page);
}

async function painted(page: Page): Promise<void> {
  await expect(page.locator('#panel-sounds .strip canvas[data-painted]')).toHaveCount(9);
  await ready(page);
}

/** Waits for so many sounds to be played, and gives them. */
async function heard(page: Page, count = 1): Promise<number[][]> {
  await expect.poll(() => page.evaluate(() => window.heard.length)).toBe(count);
  return page.evaluate(() => window.heard.splice(0));
}

function slider(page: Page): ReturnType<Page['getByRole']> {
  return page.getByRole('slider', { name: 'Place between the two sounds' });
}

function pixels(page: Page, selector: string): Promise<string> {
  return page.locator(selector).evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
}

async function choose(page: Page, place: 'From' | 'To', what: string): Promise<void> {
  await page.getByRole('button', { name: `${place}: Choose…`, exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: what, exact: true }).click();
}

/** A WAV file of one second: 16 bits, one channel, of this rate. */
function wavOf(rate: number, sample: (second: number) => number): Buffer {
  const file = Buffer.alloc(44 + 2 * rate);
  file.write('RIFF', 0);
  file.writeUInt32LE(36 + 2 * rate, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(rate, 24);
  file.writeUInt32LE(2 * rate, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36);
  file.writeUInt32LE(2 * rate, 40);
  for (let i = 0; i < rate; i++)
    file.writeInt16LE(Math.round(32_767 * sample(i / rate)), 44 + 2 * i);
  return file;
}

/** Samples of a WAV file of 16 bits with the plain header. */
function samplesOf(file: Buffer): number[] {
  const count = file.readUInt32LE(40) / 2;
  return Array.from({ length: count }, (_, i) => file.readInt16LE(44 + 2 * i) / 32_767);
}

async function give(page: Page, place: 'From' | 'To', name: string, buffer: Buffer): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await choose(page, place, 'From a file');
  await (await chooser).setFiles({ name, mimeType: 'audio/wav', buffer });
}

/** The root mean square, and what is loudest. */
function level(samples: readonly number[]): { power: number; loudest: number } {
  const power = Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);
  return { power, loudest: samples.reduce((most, x) => Math.max(most, Math.abs(x)), 0) };
}

/** How alike two sounds are: 1 for the same, 0 for nothing in common. */
function correlation(a: readonly number[], b: readonly number[]): number {
  const dot = (x: readonly number[], y: readonly number[]): number =>
    x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

test('two notes: the way is painted, and what is heard half-way is neither silent nor the cross-fade', async ({
  page,
}) => {
  await open(page);
  await expect(page.locator('#panel-sounds .caption')).toHaveText(
    '50 % of the way from Kick drum to Bell',
  );
  await keepScreenshot(page, 'sounds');
  expect(await page.evaluate(() => window.heard.length)).toBe(0); // Nothing sounds by itself.

  await page.getByRole('button', { name: 'From: Kick drum. Play' }).click();
  const [kick = []] = await heard(page);
  await page.getByRole('button', { name: 'To: Bell. Play' }).click();
  const [bell = []] = await heard(page);
  await page.getByRole('button', { name: 'Play this sound' }).click();
  const [morph = []] = await heard(page);
  for (const sound of [kick, bell, morph]) {
    expect(sound).toHaveLength(SAMPLES);
    expect(level(sound).loudest).toBeGreaterThan(0.01);
  }

  const shown = await pixels(page, '#panel-sounds .stage canvas');
  await page.getByRole('radio', { name: 'Cross-fade' }).check();
  await painted(page);
  await expect(page.locator('#panel-sounds .caption')).toHaveText(
    '50 % Kick drum and 50 % Bell, mixed',
  );
  await expect.poll(() => pixels(page, '#panel-sounds .stage canvas')).not.toBe(shown);
  await page.getByRole('button', { name: 'Play this sound' }).click();
  const [mix = []] = await heard(page);
  const mean = kick.map((sample, i) => (sample + (bell[i] ?? 0)) / 2);
  expect(level(mix.map((sample, i) => sample - (mean[i] ?? 0))).loudest).toBeLessThan(1e-6);
  expect(Math.abs(correlation(mix, morph))).toBeLessThan(0.9);
});

test('the slider goes by keys, shows another spectrogram at each place and is in the address', async ({
  page,
}) => {
  await open(page);
  const half = await pixels(page, '#panel-sounds .stage canvas');
  await slider(page).focus();
  await page.keyboard.press('ArrowRight');
  await expect(slider(page)).toHaveAttribute(
    'aria-valuetext',
    '53 % of the way from Kick drum to Bell',
  );
  await expect.poll(() => pixels(page, '#panel-sounds .stage canvas')).not.toBe(half);
  await expect(page).toHaveURL(/t=52\.5/);
  await page.keyboard.press('ArrowLeft');
  await expect.poll(() => pixels(page, '#panel-sounds .stage canvas')).toBe(half);
  await page.keyboard.press('Home');
  await expect(slider(page)).toHaveAttribute('aria-valuetext', 'Kick drum, as the model paints it');
});

test('the whole way is played in nine steps, and stops when it is told to', async ({ page }) => {
  await open(page);
  await page.getByRole('button', { name: 'Play the way' }).click();
  const steps = await heard(page, 9);
  expect(new Set(steps.map((step) => step.join())).size).toBe(9);
  await expect(page.getByRole('button', { name: 'Play the way' })).toBeVisible();
  await expect(slider(page)).toHaveValue('40');
  await page.getByRole('button', { name: 'Play the way' }).click();
  await heard(page, 1);
  await page.locator('.save').getByRole('button', { name: 'Stop' }).click();
  await expect(page.getByRole('button', { name: 'Play the way' })).toBeVisible();
  expect((await page.evaluate(() => window.heard.length)) < 2).toBe(true);
});

test('a sound and the whole way are saved as WAV files of their length', async ({ page }) => {
  await open(page);
  for (const [button, steps, name] of [
    ['Save sound', 1, '50-kick-drum-to-bell.wav'],
    ['Save the way', 9, 'kick-drum-to-bell.wav'],
  ] as const) {
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: button }).click();
    const file = await download;
    expect(file.suggestedFilename()).toBe(name);
    const bytes = await readFile(await file.path());
    expect(bytes.toString('latin1', 0, 4)).toBe('RIFF');
    expect(bytes.readUInt32LE(24)).toBe(RATE);
    const samples = samplesOf(bytes);
    expect(samples).toHaveLength(steps * SAMPLES);
    expect(level(samples).power).toBeGreaterThan(1e-3);
  }
});

test('the address restores sounds, place and what is heard; undo and redo go through them', async ({
  page,
}) => {
  await open(page, '?from=note-organ&to=note-hat&t=25&heard=mix');
  await expect(page.locator('#panel-sounds .caption')).toHaveText(
    '75 % Organ and 25 % Hi-hat, mixed',
  );
  await choose(page, 'To', 'Flute');
  await expect(page.locator('#panel-sounds .to .name')).toHaveText('Flute');
  await expect(page).toHaveURL(/to=note-flute/);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.locator('#panel-sounds .to .name')).toHaveText('Hi-hat');
  await page.getByRole('button', { name: 'Swap the two sounds' }).click();
  await expect(page.locator('#panel-sounds .caption')).toHaveText(
    '25 % Hi-hat and 75 % Organ, mixed',
  );
  await page.goto('?model=fixtures/tiny/&backend=cpu#sounds?from=note-nobody&t=hot');
  await painted(page);
  await expect(page.locator('#panel-sounds .from .name')).toHaveText('Kick drum');
  await expect(page.locator('#trouble')).toContainText('somebody’s own');
});

test('a file is heard from its first sound on, and stays out of the link', async ({
  page,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await open(page);
  // Silence for 0.3 seconds, then 500 Hz; 44.1 kHz, so that it is resampled; a second and a half.
  const late = wavOf(44_100, (t) => (t < 0.3 ? 0 : 0.5 * Math.sin(2 * Math.PI * 500 * t)));
  await give(page, 'From', 'late.wav', late);
  await expect(page.locator('#panel-sounds .from .name')).toHaveText('late.wav');
  await painted(page);
  await page.getByRole('button', { name: 'From: late.wav. Play' }).click();
  const [sound = []] = await heard(page);
  expect(Math.abs(sound.length - RATE)).toBeLessThan(32); // No longer than a picture: taken whole.
  expect(level(sound.slice(0, 4000)).loudest).toBeLessThan(1e-3);
  const { power, loudest } = level(sound.slice(8000, 12_000));
  expect(Math.abs(loudest - 0.5)).toBeLessThan(0.01);
  expect(Math.abs(power - 0.5 / Math.SQRT2)).toBeLessThan(0.01);

  await page.getByRole('button', { name: 'Copy link' }).click();
  await expect(page.locator('#status')).toContainText('Your own sounds are not in it');
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toMatch(/#sounds\?to=note-bell$/);
  await page.reload();
  await expect(page.locator('#trouble')).toContainText('somebody’s own');
  await expect(page.locator('#panel-sounds .from .name')).toHaveText('Kick drum');
});

test('what is no sound is said in its well, and changes nothing', async ({ page }) => {
  await open(page);
  const trouble = page.locator('#panel-sounds .to .trouble');
  for (const [name, buffer, message] of [
    ['notes.txt', Buffer.from('no sound at all'), 'This browser can’t play notes.txt'],
    ['nothing.wav', Buffer.alloc(0), 'nothing.wav is empty'],
    ['silent.wav', wavOf(8000, () => 0), 'silent.wav is silent'],
    ['long.wav', Buffer.alloc(8_000_001), 'long.wav is too large: 8.0 MB'],
  ] as const) {
    await give(page, 'To', name, buffer);
    await expect(trouble).toContainText(message);
    await expect(page.locator('#panel-sounds .to .name')).toHaveText('Bell');
  }
  await keepScreenshot(page, 'sounds-trouble');
  await choose(page, 'To', 'Organ');
  await expect(trouble).toBeEmpty();
});

test('files are dropped and pasted into wells', async ({ page }) => {
  await open(page);
  const bytes = [...wavOf(RATE, (t) => 0.5 * Math.sin(2 * Math.PI * 300 * t))];
  await page.evaluate((bytes) => {
    const file = (name: string): File => new File([new Uint8Array(bytes)], name);
    const data = (name: string): DataTransfer => {
      const transfer = new DataTransfer();
      transfer.items.add(file(name));
      return transfer;
    };
    document.querySelector('#panel-sounds .from')?.dispatchEvent(
      new DragEvent('drop', {
        dataTransfer: data('dropped.wav'),
        bubbles: true,
        cancelable: true,
      }),
    );
    document.dispatchEvent(
      new ClipboardEvent('paste', { clipboardData: data('pasted.wav'), bubbles: true }),
    );
  }, bytes);
  const names = page.locator('#panel-sounds .well .name');
  await expect(names.filter({ hasText: 'dropped.wav' })).toHaveCount(1);
  await expect(names.filter({ hasText: 'pasted.wav' })).toHaveCount(1);
});

test('the microphone: a refusal is said, a recording goes into the well as loud as a note', async ({
  page,
}) => {
  await page.addInitScript(() => {
    let tries = 0;
    MediaDevices.prototype.getUserMedia = () => {
      if (tries++ === 0) return Promise.reject(new DOMException('no', 'NotAllowedError'));
      const context = new AudioContext();
      const tone = new OscillatorNode(context, { frequency: 700 });
      const quiet = new GainNode(context, { gain: 0.05 });
      const out = new MediaStreamAudioDestinationNode(context);
      tone.connect(quiet).connect(out);
      tone.start();
      return Promise.resolve(out.stream);
    };
  });
  await open(page);
  await choose(page, 'From', 'Microphone');
  await expect(page.locator('.record-sound .trouble')).toContainText('does not let this page use');
  await expect(page.getByRole('button', { name: 'Record' })).toBeDisabled();
  await keepScreenshot(page, 'sounds-microphone');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('button', { name: 'Record' })).toBeEnabled();
  await expect
    .poll(async () => Number(await page.getByRole('meter').getAttribute('aria-valuenow')))
    .toBeGreaterThan(0.2);
  await page.getByRole('button', { name: 'Record' }).click();
  await expect(page.locator('#panel-sounds .from .name')).toHaveText('Microphone');
  await page.getByRole('button', { name: 'From: Microphone. Play' }).click();
  const [sound = []] = await heard(page);
  expect(sound.length).toBe(SAMPLES);
  expect(Math.abs(level(sound).loudest - 0.9)).toBeLessThan(1e-3);
  // 700 Hz: as many times through zero.
  const crossings = sound.filter((x, i) => i > 0 && x >= 0 !== (sound[i - 1] ?? 0) >= 0).length;
  expect(Math.abs(crossings - (2 * 700 * SAMPLES) / RATE)).toBeLessThan(60);
});

test('a new sound is drawn by the model, and the same again from the address', async ({
  page,
  context,
}) => {
  await open(page);
  await choose(page, 'To', 'New sound');
  await expect(page.locator('#panel-sounds .to .name')).toHaveText(/^New sound \d+$/);
  await painted(page);
  const name = await page.locator('#panel-sounds .to .name').textContent();
  const play = { name: `To: ${name ?? ''}. Play` };
  await page.getByRole('button', play).click();
  const [drawn = []] = await heard(page);
  expect(level(drawn).power).toBeGreaterThan(1e-3);
  const other = await context.newPage();
  await listen(other);
  await other.goto(page.url());
  await painted(other);
  await other.getByRole('button', play).click();
  const [again = []] = await heard(other);
  expect(correlation(again, drawn)).toBeGreaterThan(0.999);
  await withoutPrior(other);
  await other.reload();
  await expect(other.locator('#trouble')).toContainText('draws no new sounds');
  await expect(other.locator('#panel-sounds .to .name')).toHaveText('Bell');
});

test('its model is its own: none of pictures is loaded for it, and it is given back', async ({
  page,
}) => {
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await open(page, '', '');
  expect(asked.filter((path) => path.endsWith('/model.safetensors'))).toEqual([
    '/models/notes64/model.safetensors',
  ]);
  await expect(page.locator('#model')).toBeHidden();
  expect(page.workers()).toHaveLength(2); // The model's, and that of sounds.
  await page.locator('#nav a[href^="#sample"]').click();
  await expect(page.locator('html')).toHaveAttribute('data-panel', 'sample');
  await ready(page);
  expect(asked.filter((path) => path.endsWith('/model.safetensors'))[1]).toBe(
    '/models/emoji64/model.safetensors',
  );
  await page.locator('#model').click();
  await expect(page.getByTestId('use-emoji64')).toBeVisible();
  await expect(page.getByTestId('use-notes64')).toHaveCount(0);
});

test('a picture is the one that `soda spectrogram` draws, a sound the one that `soda sonify` makes', async ({
  plain,
  site,
}) => {
  test.skip(!program, 'SODA_PROGRAM names no native program; `make test` sets it');
  const folder = join(site.scratch, 'sounds');
  mkdirSync(folder, { recursive: true });
  const run = (...args: string[]): Buffer =>
    execFileSync(program, [...args, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const kind of ['bell', 'snare', 'organ'] as const) {
    const written = await plain.evaluate(async (kind) => {
      const url = new URL('/pkg/dist/sound.js', location.href).href;
      const { note, wav } = (await import(url)) as typeof SoundLibrary;
      return [...new Uint8Array(await (await wav(await note(kind))).arrayBuffer())];
    }, kind);
    const [sound, picture, back] = ['wav', 'png', 'back.wav'].map((end) =>
      join(folder, `${kind}.${end}`),
    ) as [string, string, string];
    writeFileSync(sound, Buffer.from(written));
    run('spectrogram', sound, picture);
    run('sonify', picture, back);
    const found = await plain.evaluate(
      async ({ samples, png }) => {
        const url = new URL('/pkg/dist/sound.js', location.href).href;
        const { sound, spectrogram } = (await import(url)) as typeof SoundLibrary;
        const mine = await spectrogram(Float32Array.from(samples));
        const bitmap = await createImageBitmap(new Blob([new Uint8Array(png)]));
        const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
        const context = canvas.getContext('2d');
        context?.drawImage(bitmap, 0, 0);
        const theirs = context?.getImageData(0, 0, 64, 64) ?? mine;
        const differences = theirs.data.map((value, i) => Math.abs(value - (mine.data[i] ?? 0)));
        return { differences: [...differences], sound: [...(await sound(theirs))] };
      },
      { samples: samplesOf(readFileSync(sound)), png: [...readFileSync(picture)] },
    );
    const other = found.differences.filter((difference) => difference > 0);
    const wanted = samplesOf(readFileSync(back));
    const same = correlation(
      found.sound.map((x) => Math.min(1, Math.max(-1, x))),
      wanted,
    );
    console.log(
      `${kind}: ${String(other.length)} bytes differ; sounds correlate by ${same.toFixed(6)}`,
    );
    // Logarithms may be rounded another way.
    expect(other.length).toBeLessThan(40);
    expect(Math.max(0, ...other)).toBeLessThanOrEqual(1);
    expect(found.sound).toHaveLength(SAMPLES);
    expect(same).toBeGreaterThan(0.99);
  }
});
