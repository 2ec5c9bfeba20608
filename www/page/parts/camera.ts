import { make } from './dom.js';
import { openDialog } from './dialog.js';
import { say } from './strings/own.js';
import { Viewfinder } from './viewfinder.js';

/**
 * Shows what the camera sees and gives the picture that a person takes; undefined where they take
 * none. The camera is off afterwards.
 */
export function takePicture(): Promise<Blob | undefined> {
  return new Promise((resolve) => {
    let taken: Promise<Blob> | undefined;
    const snap = make('button', {
      type: 'button',
      className: 'primary',
      textContent: say.snap,
      disabled: true,
    });
    const finder = new Viewfinder((works) => {
      snap.disabled = !works;
      if (works) snap.focus();
    });
    const dialog = openDialog(
      say.cameraTitle,
      'camera',
      [
        finder.root,
        make('p', { className: 'hint', textContent: say.cameraHint }),
        make('div', { className: 'acts' }, snap, finder.other, finder.again),
      ],
      () => {
        finder.close();
        resolve(taken);
      },
    );
    snap.addEventListener('click', () => {
      taken = finder.picture.convertToBlob({ type: 'image/png' });
      dialog.close();
    });
    void finder.start();
  });
}
