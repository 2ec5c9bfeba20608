import { make } from './dom.js';

/**
 * A button that does something only while it is held, by pointer or key; `set` hears of each
 * change.
 */
export function holdButton(label: string, set: (held: boolean) => void): HTMLButtonElement {
  const button = make('button', { type: 'button', className: 'hold', textContent: label });
  const change = (held: boolean): void => {
    if (held === (button.ariaPressed === 'true')) return;
    button.ariaPressed = String(held);
    set(held);
  };
  button.ariaPressed = 'false';
  button.addEventListener('pointerdown', () => {
    change(true);
  });
  for (const kind of ['pointerup', 'pointercancel', 'pointerleave', 'blur', 'keyup'])
    button.addEventListener(kind, () => {
      change(false);
    });
  button.addEventListener('keydown', ({ key }) => {
    if (key === ' ' || key === 'Enter') change(true);
  });
  button.addEventListener('contextmenu', (event) => {
    event.preventDefault();
  }); // What a long touch would open.
  return button;
}
