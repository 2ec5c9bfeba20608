import type { TrainEvent } from 'soda-morph';
import { make } from '../../parts/dom.js';
import { say } from './strings.js';
import { Curve } from './curve.js';
import { type Lesson, SHOWN } from './lesson.js';

export type Stage = 'preparing' | 'learning' | 'paused' | 'comparing';

/**
 * The lesson under way: how far it is, its curve, and how the model paints the first pictures now.
 */
export class ProgressView {
  readonly root = make('section', { className: 'lesson', hidden: true });
  readonly #step = make('p', { className: 'step' });
  readonly #left = make('p', { className: 'left' });
  readonly #note = make('p', { className: 'note' });
  readonly #curve = new Curve(say.curve);
  readonly #pairs = make('div', { className: 'pairs' });
  readonly #pause = make('button', { type: 'button', className: 'primary' });
  readonly #finish = make('button', { type: 'button', textContent: say.finish });
  #lesson: Lesson | undefined;
  #painted: HTMLCanvasElement[] = [];

  constructor(act: {
    pause: () => void;
    goOn: () => void;
    finish: () => void;
    cancel: () => void;
  }) {
    this.root.ariaLabel = say.lesson;
    const cancel = make('button', { type: 'button', className: 'plain', textContent: say.cancel });
    this.#pause.addEventListener('click', () => {
      if (this.root.dataset['stage'] === 'paused') act.goOn();
      else act.pause();
    });
    this.#finish.addEventListener('click', act.finish);
    cancel.addEventListener('click', act.cancel);
    this.root.append(
      make('div', { className: 'where' }, this.#step, this.#left),
      make(
        'div',
        { className: 'charts' },
        make(
          'figure',
          {},
          make('figcaption', {}, make('b', { textContent: say.curveTitle }), ` ${say.curveHint}`),
          this.#curve.root,
        ),
        make(
          'figure',
          {},
          make('figcaption', {}, make('b', { textContent: say.previews })),
          this.#pairs,
        ),
      ),
      make('div', { className: 'acts' }, this.#pause, this.#finish, cancel),
      this.#note,
    );
  }

  /** Begins with a lesson's pictures. */
  open(lesson: Lesson): void {
    this.#lesson = lesson;
    this.#note.textContent = '';
    this.#left.textContent = '';
    this.#step.textContent = say.preparing;
    this.#pairs.replaceChildren();
    this.#painted = [];
    this.#curve.show([], lesson.steps);
    this.root.hidden = false;
  }

  /** Moves on; the buttons that make no sense there are off. */
  stage(stage: Stage): void {
    this.root.dataset['stage'] = stage;
    const stepping = stage === 'learning' || stage === 'paused';
    this.#pause.textContent = stage === 'paused' ? say.goOn : say.pause;
    this.#pause.disabled = !stepping;
    this.#finish.disabled = !stepping || this.#lesson?.losses.length === 0;
    if (stage === 'comparing') this.#step.textContent = say.comparing;
    if (stage === 'paused') this.#left.textContent = say.paused;
    else if (!stepping) this.#left.textContent = '';
  }

  step(
    { step, steps, atOnce, short }: Extract<TrainEvent, { kind: 'step' }>,
    secondsLeft: number,
  ): void {
    this.#step.textContent = say.step(step, steps);
    this.#left.textContent = say.left(secondsLeft);
    this.#left.dataset['seconds'] = secondsLeft.toFixed(2);
    if (short) this.#note.textContent = say.short(atOnce);
    this.#finish.disabled = false;
    this.#curve.show(this.#lesson?.losses ?? [], steps);
  }

  /** Why the lesson so far could not be kept. */
  set notKept(reason: string) {
    this.#note.textContent = say.draftNotKept(reason);
  }

  preview(pictures: readonly ImageData[]): void {
    const lesson = this.#lesson;
    if (!lesson) return;
    if (this.#painted.length === 0) {
      this.#pairs.append(
        ...lesson.shown.flatMap((picture, i) => {
          const painted = canvasOf(picture, '');
          this.#painted.push(painted);
          return [canvasOf(picture, lesson.picks[i]?.name ?? ''), painted];
        }),
      );
      this.#pairs.style.setProperty('--pairs', String(Math.min(SHOWN, lesson.shown.length)));
      this.#pairs.prepend(
        make('span', { textContent: say.yours }),
        make('span', { textContent: say.now }),
      );
    }
    pictures.forEach((picture, i) => {
      const canvas = this.#painted[i];
      canvas?.getContext('2d')?.putImageData(picture, 0, 0);
      canvas?.setAttribute(
        'aria-label',
        say.previewOf(lesson.picks[i]?.name ?? '', lesson.losses.length),
      );
    });
  }

  close(): void {
    this.#lesson = undefined;
    this.root.hidden = true;
  }
}

function canvasOf(picture: ImageData, label: string): HTMLCanvasElement {
  const canvas = make('canvas', { width: picture.width, height: picture.height });
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', label);
  canvas.getContext('2d')?.putImageData(picture, 0, 0);
  return canvas;
}
