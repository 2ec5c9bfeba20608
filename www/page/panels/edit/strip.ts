import { make } from '../../parts/dom.js';
import { reach, roving } from '../../parts/roving.js';

/** Small pictures to choose one of. */
export class Strip {
  readonly root = make('div', { className: 'strip-of-choices' });
  readonly #chosen: (index: number) => void;

  constructor(label: string, chosen: (index: number) => void) {
    this.#chosen = chosen;
    this.root.setAttribute('role', 'group');
    this.root.ariaLabel = label;
    roving(this.root);
  }

  /** Makes a tile for each label; `captions` shows the labels below the pictures. */
  labels(labels: readonly string[], captions: boolean): void {
    this.root.replaceChildren(
      ...labels.map((label, i) => {
        const button = make(
          'button',
          { type: 'button' },
          make('canvas', { width: 1, height: 1 }),
          ...(captions ? [make('span', { textContent: label })] : []),
        );
        button.ariaLabel = label;
        button.addEventListener('click', () => {
          this.#chosen(i);
        });
        return button;
      }),
    );
    this.mark(-1);
  }

  /** The canvases, in order. */
  get canvases(): HTMLCanvasElement[] {
    return [...this.root.querySelectorAll('canvas')];
  }

  /** Shows which one is chosen; -1 is none. */
  mark(index: number): void {
    [...this.root.children].forEach((button, i) => {
      button.setAttribute('aria-pressed', String(i === index));
    });
    reach(this.root, Math.max(0, index));
  }
}
