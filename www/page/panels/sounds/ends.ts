import type { Soda } from 'soda-morph';
import type { Note } from 'soda-morph/sound';
import { make } from '../../parts/dom.js';
import { anySeed } from '../../parts/random.js';
import { chooseSound } from './choose-sound.js';
import { recordSound } from './microphone.js';
import { Refusal, readSound } from './read-sound.js';
import { Shelf, type Sound, freshId, noteId, seedOf } from './shelf.js';
import { say } from './strings.js';
import { SoundWell } from './well.js';

export const SIDES = ['from', 'to'] as const;
export type Side = (typeof SIDES)[number];

/** What a state without any sounds means. */
const FIRST: Readonly<Record<Side, string>> = { from: noteId('kick'), to: noteId('bell') };

/** What the two ends ask of their panel. */
export interface EndsEvents {
  /** A person put another sound into a well. */
  changed: () => void;
  play: (sound: Sound, button: HTMLButtonElement) => void;
  /** Whether new sounds can be drawn. */
  hasPrior: () => boolean;
  trouble: (message: string) => void;
}

/** The two sounds that a way leads between, and all that puts others in their place. */
export class Ends {
  readonly wells: Readonly<Record<Side, SoundWell>>;
  readonly input = make('input', {
    type: 'file',
    accept: 'audio/*,video/*,.flac,.ogg,.opus,.m4a',
    hidden: true,
    tabIndex: -1,
  });
  readonly ids: Record<Side, string> = { ...FIRST };
  readonly #events: EndsEvents;
  readonly #shelf = new Shelf();
  /** The well that a file, a paste or a recording is for. */
  #target: Side = 'to';
  /** Counts what was given to each well, so that a slow file does not replace a later sound. */
  readonly #turns: Record<Side, number> = { from: 0, to: 0 };

  constructor(events: EndsEvents) {
    this.#events = events;
    const well = (side: Side): SoundWell =>
      new SoundWell(side, {
        play: (sound) => {
          events.play(sound, this.wells[side].button);
        },
        choose: () => {
          this.#choose(side);
        },
        dropped: (files) => {
          this.drop(files, side);
        },
      });
    this.wells = { from: well('from'), to: well('to') };
    this.input.ariaLabel = say.file;
    this.input.addEventListener('change', () => {
      const file = this.input.files?.[0];
      this.input.value = ''; // So that the same file can be chosen again.
      if (file) void this.offer(file, file.name);
    });
  }

  /** What is in the wells. */
  get sounds(): readonly (Sound | undefined)[] {
    return SIDES.map((side) => this.wells[side].sound);
  }

  /** The ids of a state; `fill` brings their sounds. */
  set(from: string | undefined, to: string | undefined): void {
    this.ids.from = from ?? FIRST.from;
    this.ids.to = to ?? FIRST.to;
  }

  swap(): void {
    this.set(this.ids.to, this.ids.from);
  }

  /** Puts the sounds into their wells. A new one waits for the model. */
  async fill(signal: AbortSignal, soda?: Soda): Promise<void> {
    const found = await Promise.all(SIDES.map((side) => this.#find(side, signal, soda)));
    if (signal.aborted) return;
    SIDES.forEach((side, i) => {
      if (this.wells[side].sound !== found[i]) this.wells[side].show(found[i]);
    });
  }

  async #find(side: Side, signal: AbortSignal, soda?: Soda): Promise<Sound | undefined> {
    const id = this.ids[side];
    const isNew = seedOf(id) !== undefined;
    const found = isNew
      ? soda && (await this.#shelf.draw(soda, id, signal))
      : await this.#shelf.find(id);
    if (found || signal.aborted || (isNew && !soda)) return found;
    this.#events.trouble(isNew ? say.trouble.noPrior : say.trouble.gone);
    this.ids[side] = FIRST[side];
    return this.#shelf.find(FIRST[side]);
  }

  #choose(side: Side): void {
    this.#target = side;
    // Only pages that are served safely may ask for a microphone.
    const hears = 'mediaDevices' in navigator && 'MediaRecorder' in window;
    chooseSound(say.side[side], this.#shelf, {
      note: (kind: Note) => {
        this.#take(side, noteId(kind));
      },
      file: () => {
        this.input.click();
      },
      microphone: hears ? () => void this.#recordFor(side) : undefined,
      fresh: this.#events.hasPrior()
        ? () => {
            this.#take(side, freshId(anySeed()));
          }
        : undefined,
    });
  }

  /** Another sound in a well. */
  #take(side: Side, id: string): void {
    this.#turns[side]++;
    this.#target = side;
    this.ids[side] = id;
    this.wells[side].complain('');
    this.#events.changed();
  }

  async #recordFor(side: Side): Promise<void> {
    const samples = await recordSound();
    if (samples) this.#take(side, (await this.#shelf.add(say.take, samples)).id);
  }

  /** Files that were dropped; two go to both wells. */
  drop(files: readonly File[], side = this.#target): void {
    const [first, second] = files;
    if (!first) this.complain(say.trouble.noFile, side);
    else if (!second) void this.offer(first, first.name, side);
    else {
      void this.offer(first, first.name, 'from');
      void this.offer(second, second.name, 'to');
    }
  }

  /** Takes a file if it holds a sound; else says what is wrong. */
  async offer(file: Blob, name: string, side = this.#target): Promise<void> {
    const turn = ++this.#turns[side];
    try {
      const { id } = await this.#shelf.add(name, await readSound(file, name));
      if (turn === this.#turns[side]) this.#take(side, id);
    } catch (thrown) {
      if (turn !== this.#turns[side]) return; // Something else was chosen while this was read.
      const why = thrown instanceof Refusal ? thrown.message : say.trouble.made(String(thrown));
      this.complain(why, side);
    }
  }

  complain(message: string, side = this.#target): void {
    this.wells[side].complain(message);
  }
}
