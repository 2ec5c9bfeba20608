import { NOTES, type Note } from 'soda-morph/sound';
import { openDialog } from '../../parts/dialog.js';
import { make } from '../../parts/dom.js';
import { roving, reach } from '../../parts/roving.js';
import { drawScaled } from '../../parts/stage.js';
import { type Shelf, noteId } from './shelf.js';
import { say } from './strings.js';
import { tinted } from './tint.js';

/** What a person may choose. */
export interface Choices {
  note: (kind: Note) => void;
  file: () => void;
  /** Absent where the page may not ask for a microphone. */
  microphone?: (() => void) | undefined;
  /** Absent where the model draws none. */
  fresh?: (() => void) | undefined;
}

/** Opens the list of sounds for a well. */
export function chooseSound(title: string, shelf: Shelf, choices: Choices): void {
  const grid = make('div', { className: 'notes' });
  grid.setAttribute('role', 'group');
  grid.ariaLabel = say.notesHeading;
  const act = (choice: () => void) => (): void => {
    dialog.close();
    choice();
  };
  grid.append(
    ...NOTES.map((kind) => {
      const canvas = make('canvas', { width: 128, height: 128 });
      const button = make(
        'button',
        { type: 'button' },
        canvas,
        make('span', { textContent: say.notes[kind] }),
      );
      button.addEventListener(
        'click',
        act(() => {
          choices.note(kind);
        }),
      );
      // Without its picture a note still has its name.
      void shelf.find(noteId(kind)).then(
        (sound) => {
          if (sound) drawScaled(canvas, tinted(sound.picture));
        },
        () => undefined,
      );
      return button;
    }),
  );
  roving(grid);
  reach(grid, 0);
  const way = (label: string, choice: (() => void) | undefined): HTMLButtonElement[] => {
    if (!choice) return [];
    const button = make('button', { type: 'button', textContent: label });
    button.addEventListener('click', act(choice));
    return [button];
  };
  const dialog = openDialog(say.chooseTitle(title), 'choose-sound', [
    make(
      'div',
      { className: 'acts' },
      ...way(say.file, choices.file),
      ...way(say.microphone, choices.microphone),
      ...way(say.newSound, choices.fresh),
    ),
    make('p', { className: 'hint', textContent: say.fileHint }),
    grid,
  ]);
}
