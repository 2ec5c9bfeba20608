import { make } from './dom.js';

let count = 0;

/**
 * A few choices side by side, one of them taken. Radio buttons, so keys and screen readers know
 * them.
 */
export class Segments<T extends string> {
  readonly root: HTMLFieldSetElement;
  readonly #inputs: HTMLInputElement[];

  constructor(
    legend: string,
    options: readonly (readonly [T, string])[],
    chosen: T,
    changed: (value: T) => void,
  ) {
    const name = `segments-${String(++count)}`;
    this.#inputs = options.map(([value]) =>
      make('input', { type: 'radio', name, value, checked: value === chosen }),
    );
    this.root = make(
      'fieldset',
      { className: 'segments' },
      make('legend', { textContent: legend }),
      ...options.map(([, label], i) =>
        make('label', {}, this.#inputs[i] ?? '', make('span', { textContent: label })),
      ),
    );
    this.root.addEventListener('change', () => {
      changed(this.value);
    });
  }

  get value(): T {
    return (this.#inputs.find((input) => input.checked) ?? this.#inputs[0])?.value as T;
  }

  set value(value: T) {
    for (const input of this.#inputs) input.checked = input.value === value;
  }

  /** Takes a choice away, and says why. */
  forbid(value: T, why: string): void {
    const input = this.#inputs.find((each) => each.value === value);
    if (!input) return;
    input.disabled = true;
    if (input.parentElement) input.parentElement.title = why;
    input.setAttribute('aria-description', why);
  }
}

/** A list to choose from, with its label before it. */
export class Choice<T extends string> {
  readonly root: HTMLDivElement;
  readonly #select: HTMLSelectElement;

  constructor(
    label: string,
    options: readonly (readonly [T, string])[],
    chosen: T,
    changed: (value: T) => void,
  ) {
    const id = `choice-${String(++count)}`;
    this.#select = make(
      'select',
      { id },
      ...options.map(([value, text]) =>
        make('option', { value, textContent: text, selected: value === chosen }),
      ),
    );
    this.root = make(
      'div',
      { className: 'choice' },
      make('label', { htmlFor: id, textContent: label }),
      this.#select,
    );
    this.#select.addEventListener('change', () => {
      changed(this.value);
    });
  }

  get value(): T {
    return this.#select.value as T;
  }

  set value(value: T) {
    this.#select.value = value;
  }

  /** Other options; the first is taken where `chosen` is not one. */
  offer(options: readonly (readonly [T, string])[], chosen: string | undefined): void {
    this.#select.replaceChildren(
      ...options.map(([value, text]) =>
        make('option', { value, textContent: text, selected: value === chosen }),
      ),
    );
  }
}
