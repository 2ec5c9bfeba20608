import { Choice } from '../../parts/choice.js';
import { make } from '../../parts/dom.js';
import { download, fileName } from '../../parts/download.js';
import type { Report } from '../../shell/report.js';
import { say } from './strings.js';
import { type Destination, chooseDestination, discard } from './export/destination.js';
import { exportFilm } from './export/export.js';
import {
  EXTENSION,
  FORMATS,
  type Format,
  RATES,
  findVideoCodec,
  isVideo,
} from './export/formats.js';
import type { Reel, Wish } from './reel.js';

const SIZES = ['64', '128', '256', '512', '768', '1024'] as const;

/** What every phone and messenger shows. */
const FIRST = 'mp4';

/** Where the film comes from. */
export interface FilmSource {
  /** A name for it. */
  title: () => string;
  /** Asked for when it is to be saved. */
  reel: (wish: Wish, signal: AbortSignal) => Promise<Reel>;
}

/** The choice of format and size, and the button that saves, which cancels while it does. */
export class Saver {
  readonly root: HTMLElement;
  readonly #format: Choice<Format>;
  readonly #size: Choice<(typeof SIZES)[number]>;
  readonly #button = make('button', {
    type: 'button',
    className: 'primary',
    textContent: say.save,
    disabled: true,
  });
  readonly #report: Report;
  readonly #rate: Choice<string>;
  readonly #source: FilmSource;
  #run: AbortController | undefined;
  /** Formats that this browser cannot write. */
  readonly #impossible = new Set<Format>();

  constructor(report: Report, source: FilmSource) {
    this.#report = report;
    this.#source = source;
    this.#format = new Choice<Format>(
      say.format,
      FORMATS.map((format) => [format, say.formats[format]]),
      FIRST,
      () => {
        this.#explain();
      },
    );
    this.#rate = new Choice<string>(
      say.rate,
      RATES.map((rate) => [String(rate), String(rate)]),
      '30',
      () => undefined,
    );
    this.#size = new Choice(
      say.size,
      SIZES.map((size) => [size, size]),
      '512',
      () => undefined,
    );
    this.root = make(
      'div',
      { className: 'save' },
      this.#format.root,
      this.#size.root,
      this.#rate.root,
      this.#button,
      make('p', { className: 'hint' }),
    );
    this.#button.addEventListener('click', () => {
      if (this.#run) this.#run.abort();
      else void this.#save();
    });
    for (const format of FORMATS.filter(isVideo)) {
      void findVideoCodec(format, 256)
        .catch(() => undefined)
        .then((codec) => {
          if (codec === undefined) this.#impossible.add(format);
          // What was not chosen by a person is one that works.
          if (codec === undefined && format === FIRST && this.#format.value === FIRST)
            this.#format.value = 'gif';
          this.#explain();
        });
    }
  }

  set enabled(enabled: boolean) {
    this.#button.dataset['complete'] = String(enabled);
    this.#explain();
  }

  /** A format that this browser cannot write is named as such, not hidden. */
  #explain(): void {
    const impossible = this.#impossible.has(this.#format.value);
    const hint = this.root.querySelector('.hint');
    if (hint) hint.textContent = impossible ? say.noVideo : '';
    this.#rate.root.hidden = this.#format.value === 'png';
    this.#button.disabled =
      !this.#run && (impossible || this.#button.dataset['complete'] !== 'true');
  }

  async #save(): Promise<void> {
    const wish: Wish = {
      format: this.#format.value,
      size: Number(this.#size.value),
      rate: Number(this.#rate.value),
    };
    const run = (this.#run = new AbortController());
    const name = fileName(this.#source.title(), EXTENSION[wish.format]);
    const destination = await chooseDestination(name, wish.format);
    if (destination) {
      this.#button.textContent = say.saveCancel;
      await this.#write(wish, name, destination, run.signal);
      this.#report.done();
      this.#button.textContent = say.save;
    }
    this.#run = undefined;
    this.#explain();
  }

  async #write(
    wish: Wish,
    suggested: string,
    destination: Destination,
    signal: AbortSignal,
  ): Promise<void> {
    this.#report.progress(say.preparing);
    let reel: Reel | undefined;
    try {
      reel = await this.#source.reel(wish, signal);
      const { close: _, ...film } = reel;
      const job = { ...film, ...wish };
      const { file, size } = await exportFilm(job, destination, signal, (done, total) => {
        this.#report.progress(say.saving(done, total), { stage: 'decode', done, total });
      });
      if (file) download(file, suggested);
      const name = destination.kind === 'chosen' ? destination.handle.name : suggested;
      this.#report.announce(say.saved(name, size));
    } catch (thrown) {
      await discard(destination);
      if (!signal.aborted) this.#report.trouble(reasonOf(thrown));
      this.#report.announce('');
    } finally {
      reel?.close();
    }
  }
}

function reasonOf(thrown: unknown): string {
  const { name, message } =
    thrown instanceof Error ? thrown : { name: '', message: String(thrown) };
  return name === 'QuotaExceededError' ? say.noRoom : say.notSaved(message);
}
