import type { Guess } from 'soda-morph/recognition';
import { openDialog } from '../../parts/dialog.js';
import { make } from '../../parts/dom.js';
import { Viewfinder } from '../../parts/viewfinder.js';
import type { Class } from './sorting.js';
import { say } from './strings.js';

/** What the live view needs of the panel. */
export interface LiveSource {
  /** The classes there are now, in the order of a guess's probabilities. */
  classes: () => readonly Class[];
  /** What a frame is taken for; undefined where nothing can be said yet. */
  guess: (frame: OffscreenCanvas, signal: AbortSignal) => Promise<Guess | undefined>;
  /** Takes a frame in as an example of a class. */
  show: (frame: OffscreenCanvas, classId: number) => Promise<void>;
}

/** What the camera sees, told as it goes; a press on a class makes the frame an example of it. */
export function openLive(source: LiveSource): void {
  const closed = new AbortController();
  const { signal } = closed;
  let running = false;
  const finder = new Viewfinder((works) => {
    chips.toggleAttribute('data-off', !works);
    if (works && !running) void run();
  });
  const hint = make('p', { className: 'hint', textContent: say.liveFirst });
  const chips = make('ul', { className: 'chips' });
  const bars: HTMLElement[] = [];
  chips.append(
    ...source.classes().map(({ id, name }) => {
      const chip = make(
        'button',
        { type: 'button' },
        make('b', { textContent: name }),
        make('span'),
      );
      chip.ariaLabel = say.liveExample(name);
      chip.addEventListener('click', () => {
        chip.disabled = true;
        void source.show(finder.picture, id).finally(() => {
          chip.disabled = false;
        });
      });
      bars.push(chip);
      return make('li', {}, chip);
    }),
  );
  const verdict = make('p', { className: 'verdict' });
  verdict.setAttribute('role', 'status');
  const tell = (guess: Guess | undefined): void => {
    hint.textContent = guess ? say.liveHint : say.liveFirst;
    bars.forEach((chip, i) => {
      const share = guess?.probabilities[i] ?? 0;
      chip.style.setProperty('--share', String(share));
      chip.toggleAttribute('data-likeliest', guess?.label === i);
      const percent = chip.querySelector('span');
      if (percent) percent.textContent = guess ? say.percent(Math.round(100 * share)) : '';
    });
    const name = guess && source.classes()[guess.label]?.name;
    // Said when it is another one, not with each frame.
    if (verdict.textContent !== (name ?? '')) verdict.textContent = name ?? '';
  };
  const run = async (): Promise<void> => {
    running = true;
    while (!signal.aborted) {
      if (chips.hasAttribute('data-off')) break;
      tell(await source.guess(finder.picture, signal));
      await new Promise(requestAnimationFrame);
    }
    running = false;
  };
  openDialog(
    say.liveTitle,
    'camera recognise-live',
    [
      finder.root,
      verdict,
      chips,
      hint,
      make('div', { className: 'acts' }, finder.other, finder.again),
    ],
    () => {
      closed.abort();
      finder.close();
    },
  );
  void finder.start();
}
