import '../style/dialog.css';
import { icon, make } from './dom.js';
import { say } from './strings/common.js';

/**
 * A dialog with a title and a cross, made for one use: closing it takes it away and calls `closed`.
 */
export function openDialog(
  title: string,
  className: string,
  content: Node[],
  closed: () => void = () => undefined,
): HTMLDialogElement {
  const heading = make('h2', { textContent: title });
  const close = make('button', { type: 'button', className: 'quiet icon' }, icon('close'));
  close.ariaLabel = say.close;
  const dialog = make(
    'dialog',
    { className: `sheet ${className}` },
    make('header', {}, heading, close),
    ...content,
  );
  dialog.ariaLabel = title;
  close.addEventListener('click', () => {
    dialog.close();
  });
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close(); // On the backdrop.
  });
  dialog.addEventListener('close', () => {
    dialog.remove();
    closed();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
