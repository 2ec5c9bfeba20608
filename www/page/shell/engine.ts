import { type ModelFiles, type Progress, Soda, SodaError } from 'soda-morph';
import { say } from '../parts/strings/common.js';
import type { Report } from './report.js';
import type { World } from '../parts/world.js';

/** A model that can be loaded. */
export interface LoadableModel {
  /** Short and stable, for addresses. */
  id: string;
  name: string;
  /** A folder of this site, or the files. */
  source: URL | ModelFiles | (() => Promise<ModelFiles>);
}

/** A model of pictures to choose from. */
export interface Model extends LoadableModel {
  world: World;
  /** Nobody has said so: its world is a guess. */
  guessed?: boolean;
}

export type BackendChoice = 'auto' | 'webgpu' | 'cpu';

/**
 * A loaded model: that of pictures, which panels share, or one that a panel has for itself. It
 * tells the report what is going on, starts anew when the device is lost, and says when a model is
 * ready.
 */
export class Engine<M extends LoadableModel = Model> {
  /** As asked for, until the graphics device has been lost twice in a row. */
  #backend: BackendChoice;
  readonly #report: Report;
  readonly #ready: (soda: Soda) => void;
  #model: M;
  #soda: Soda | undefined;
  #losses = 0;
  /** Counts loads, so that only the latest one speaks. */
  #loads = 0;
  /** Jobs of the present model that are under way: it is ready when there is none. */
  #jobs = 0;
  #loading = new AbortController();
  #isLoading = false;
  /** Jobs that go on out of sight: they do not keep the page busy. */
  #shelved = 0;

  constructor(model: M, backend: BackendChoice, report: Report, ready: (soda: Soda) => void) {
    this.#model = model;
    this.#backend = backend;
    this.#report = report;
    this.#ready = ready;
  }

  get soda(): Soda | undefined {
    return this.#soda;
  }

  get model(): M {
    return this.#model;
  }

  /** A job, a lesson say, goes on out of sight, or comes back. */
  set shelved(shelved: boolean) {
    const count = shelved ? 1 : 0;
    if (count === this.#shelved) return;
    this.#shelved = count;
    if (this.#soda) this.#report.state(this.#jobs - count > 0 ? 'painting' : 'ready');
  }

  /** Takes another model; `backend` where the one that was asked for will not do. */
  async use(model: M, backend = this.#backend): Promise<void> {
    this.#model = model;
    this.#losses = 0;
    await this.start(backend);
  }

  /** Panels use this model now, or again: the report speaks of it. Loads it where it is not. */
  async resume(): Promise<void> {
    if (!this.#soda && !this.#isLoading) {
      await this.start();
      return;
    }
    this.#report.engine(this.#soda);
    const working = this.#jobs > this.#shelved;
    this.#report.state(this.#isLoading ? 'loading' : working ? 'painting' : 'ready');
  }

  /** Gives the model's memory back, until it is used again. */
  stop(): void {
    ++this.#loads;
    this.#loading.abort();
    this.#isLoading = false;
    this.#soda?.dispose();
    this.#soda = undefined;
    this.#jobs = 0;
  }

  /** Loads the model. Also the way back after a failure. */
  async start(backend = this.#backend): Promise<void> {
    this.stop();
    const load = this.#loads;
    this.#loading = new AbortController();
    this.#isLoading = true;
    this.#report.state('loading');
    this.#report.progress(say.starting);
    this.#report.trouble('');
    const { signal } = this.#loading;
    try {
      const { source } = this.#model;
      const model = typeof source === 'function' ? await source() : source;
      const onProgress = (progress: Progress): void => {
        if (load === this.#loads) this.#report.progress(say.progress(progress), progress);
      };
      const soda = await Soda.load(model, { backend, signal, onProgress });
      if (load !== this.#loads) {
        soda.dispose();
        return;
      }
      this.#soda = soda;
      this.#isLoading = false;
    } catch (thrown) {
      if (load !== this.#loads) return;
      this.#isLoading = false;
      const error = asSodaError(thrown);
      if (error.code === 'device-lost') this.#recover();
      else this.#fail(error, true);
      return;
    }
    this.#report.engine(this.#soda);
    this.#report.state('ready');
    this.#report.announce(say.modelReady(this.#model.name));
    if (this.#losses === 1) this.#report.trouble(say.trouble.startedAgain);
    this.#watch(this.#soda);
    this.#ready(this.#soda);
  }

  /** A device that is lost amid a job is heard by the job, one that is lost while idle only so. */
  #watch(soda: Soda): void {
    void soda.lost.then(({ code }) => {
      if (soda === this.#soda && this.#jobs === 0 && code === 'device-lost') this.#recover();
    });
  }

  /**
   * Does something with the model, and says so while it lasts. Undefined where there is no model
   * yet, where `signal` was aborted, and where it failed, which has been reported; after a lost
   * device `ready` comes again.
   */
  async work<T>(signal: AbortSignal, job: (soda: Soda) => Promise<T>): Promise<T | undefined> {
    const soda = this.#soda;
    if (!soda) return undefined;
    this.#jobs++;
    this.#report.state('painting');
    let failed = false;
    try {
      const result = await job(soda);
      // A job that was broken off, or whose engine is gone, proves nothing.
      if (soda === this.#soda && !signal.aborted) this.#losses = 0;
      return signal.aborted ? undefined : result;
    } catch (thrown) {
      const error = asSodaError(thrown);
      const over = signal.aborted || error.code === 'aborted' || error.code === 'disposed';
      failed = !over && soda === this.#soda;
      if (failed && error.code === 'device-lost') this.#recover();
      else if (failed) this.#fail(error, false);
      return undefined;
    } finally {
      if (soda === this.#soda && --this.#jobs <= this.#shelved && !failed)
        this.#report.state('ready');
    }
  }

  #recover(): void {
    const again = this.#losses++ > 0;
    if (again) this.#backend = 'cpu';
    void this.start();
    this.#report.trouble(again ? say.trouble.lostAgain : say.trouble.lost);
  }

  #fail(error: SodaError, loading: boolean): void {
    this.#report.state('failed');
    if (loading) this.#report.engine(undefined);
    this.#report.announce(say.stopped);
    const broken = loading || error.code === 'internal' || error.code === 'out-of-memory';
    // A fault of what was asked for is not mended by another engine: the panel tries again as it is
    // then.
    const again = broken
      ? (): void => void this.start()
      : (): void => {
          if (this.#soda) this.#ready(this.#soda);
        };
    this.#report.trouble(
      loading ? say.trouble.load(error.message) : say.trouble.work(error.message),
      again,
    );
  }
}

/** Whatever was thrown, as a SodaError. */
export function asSodaError(thrown: unknown): SodaError {
  return thrown instanceof SodaError
    ? thrown
    : new SodaError('internal', String(thrown), { cause: thrown });
}
