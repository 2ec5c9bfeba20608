import type { Stage } from '../../parts/stage.js';
import { stageCaption } from './captions.js';
import type { Cause, Film } from './film.js';
import type { Opening } from './opening.js';
import { type Originals, onCanvas } from './originals.js';
import type { Painting } from './painting.js';
import { onEdge } from './path.js';
import type { Scene } from './scene.js';
import type { Square } from './square.js';
import type { Together } from './together.js';

/** What the stage takes its pictures from. */
export interface Sources {
  film: Film;
  square: Square;
  originals: Originals;
  together: Together;
  painting: Painting;
}

/**
 * What the stage shows: the place where the film or the ring stands, as far as it can be had, or a
 * plain cross-fade while a button is held.
 */
export class StageView {
  readonly #stage: Stage;
  readonly #scene: Scene;
  readonly #from: Sources;
  /** Frames of the first pair, made ahead, until the pictures themselves are brought together. */
  #opening: Opening | undefined;
  #comparing = false;

  constructor(stage: Stage, scene: Scene, from: Sources, opening: Opening | undefined) {
    this.#stage = stage;
    this.#scene = scene;
    this.#from = from;
    if (opening?.frames) this.#opening = opening;
  }

  /** The film stands at another position, in frames; `frame` is the nearest that is painted. */
  filmMoved(position: number, frame: ImageData | undefined, cause: Cause): void {
    const scene = this.#scene;
    const { film, square, originals, painting } = this.#from;
    if (scene.isAverage) return; // The stage shows all pictures in one.
    const place = position / (scene.frames - 1);
    if (scene.isSquare) {
      if (cause === 'paint') return; // The stage shows what is under the ring.
      square.point = onEdge(place);
    }
    this.#stage.label = stageCaption(scene.names, place);
    if (this.#comparing) {
      this.#showFade();
      return;
    }
    if (this.#showTogether()) return;
    if (scene.showsOriginals && originals.solved) {
      const drawn = originals.show(place, (canvas) => {
        if (!this.#comparing) this.#stage.fit(canvas);
      });
      this.#stage.awaited = cause === 'play' ? undefined : drawn;
      return;
    }
    const ahead = this.#opening?.frames;
    if (ahead) {
      const there = ahead.at(place);
      if (there) this.#stage.draw(there);
      return;
    }
    const whole = film.frame(position);
    if (whole || cause !== 'hand') this.#showFrame(whole ?? frame);
    else painting.followFilm(position, frame);
  }

  /** The ring stands elsewhere, or there is more to see under it. */
  squareMoved(): void {
    const { square, painting } = this.#from;
    const { picture, exact } = square.cell;
    this.#stage.label = square.description;
    if (this.#showTogether()) return;
    if (picture && exact) this.#showFrame(picture);
    else painting.followSquare(square.point, picture);
  }

  /** The shares of an average are others. */
  averageMoved(): void {
    if (!this.#showTogether()) this.#from.painting.followShares(this.#scene.weights);
  }

  /** Pictures were drawn all at once. */
  drawn(frame: OffscreenCanvas): void {
    if (this.#scene.showsTogether && !this.#comparing) this.#stage.fit(frame);
  }

  /** Shows the plain cross-fade, or no longer. */
  compare(on: boolean): void {
    const { film, together } = this.#from;
    this.#comparing = on;
    film.pause();
    if (!this.#scene.showsTogether) {
      if (on) this.#showFade();
      else film.refresh();
    } else if (on)
      void together.faded(this.#scene.weights).then((frame) => {
        if (frame && this.#comparing) this.#stage.fit(onCanvas(frame));
      });
    else void together.show(this.#scene.weights);
  }

  /** What is on the stage, as large as it can be had. */
  async fullSize(signal: AbortSignal): Promise<ImageData> {
    const { showsTogether, showsOriginals, weights, frames } = this.#scene;
    const { film, originals, together } = this.#from;
    if (showsTogether && together.solved) return together.fullSize(weights, signal);
    if (showsOriginals && originals.solved)
      return originals.fullSize(film.position / (frames - 1), signal);
    return this.#stage.pixels;
  }

  /** Frames made ahead move until the pictures of the first visit are brought together. */
  showOpening(): void {
    const opening = this.#opening;
    if (!opening) return;
    const { film } = this.#from;
    const { showsOriginals, pictures } = this.#scene;
    if (!showsOriginals || pictures !== `${opening.from.id} ${opening.to.id}`) {
      this.#opening = undefined;
      return;
    }
    const { frames } = opening;
    if (!frames) return;
    const put = (i: number): void => {
      const frame = frames.at(i / (film.length - 1));
      if (frame) film.put(i, frame);
    };
    put(0);
    // The strip below fills once the stage moves.
    frames.whole.then(
      () => {
        if (this.#opening !== opening) return;
        for (let i = 1; i < film.length; i++) put(i);
      },
      () => undefined,
    );
  }

  /** The pictures themselves are there. */
  endOpening(): void {
    this.#opening = undefined;
  }

  /** Whether pictures that are brought together all at once are what is to be seen. */
  #showTogether(): boolean {
    const { showsTogether, weights } = this.#scene;
    const { together } = this.#from;
    if (!showsTogether || !together.solved) return false;
    void together.show(weights);
    return true;
  }

  #showFrame(frame: ImageData | undefined): void {
    this.#from.painting.rest();
    if (frame) this.#stage.draw(frame);
  }

  /** The plain cross-fade of the two pictures, or of two painted frames, at the present place. */
  #showFade(): void {
    const { showsOriginals, frames, legs } = this.#scene;
    const { film, originals } = this.#from;
    const place = film.position / (frames - 1);
    if (showsOriginals && originals.solved) {
      void originals.crossFade(place).then((frame) => {
        if (this.#comparing) this.#stage.fit(frame);
      });
      return;
    }
    const leg = Math.min(legs - 1, Math.floor(place));
    const ends = [leg, leg + 1].map((stop) => film.frame(stop * (frames - 1)));
    if (ends[0] && ends[1]) this.#stage.fade(ends[0], ends[1], place - leg);
  }
}
