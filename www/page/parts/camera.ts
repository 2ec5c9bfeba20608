import { make } from './dom.js';
import { openDialog } from './dialog.js';
import { say } from './strings/own.js';

/**
 * Shows what the camera sees and gives the picture that a person takes; undefined where they take
 * none. The camera is off afterwards.
 */
export function takePicture(): Promise<Blob | undefined> {
  return new Promise((resolve) => {
    new CameraDialog(resolve);
  });
}

class CameraDialog {
  readonly #video = make('video', {
    autoplay: true,
    muted: true,
    playsInline: true,
    className: 'view',
  });
  readonly #trouble = make('p', { className: 'trouble' });
  readonly #snap = make('button', {
    type: 'button',
    className: 'primary',
    textContent: say.snap,
    disabled: true,
  });
  readonly #other = make('button', {
    type: 'button',
    className: 'plain',
    textContent: say.otherCamera,
    hidden: true,
  });
  #stream: MediaStream | undefined;
  #facing: 'user' | 'environment' = 'user';
  #closed = false;
  #result: Blob | undefined;

  constructor(resolve: (picture: Blob | undefined) => void) {
    this.#video.ariaLabel = say.liveView;
    this.#trouble.setAttribute('role', 'alert');
    const again = make('button', { type: 'button', textContent: say.cameraAgain, hidden: true });
    const dialog = openDialog(
      say.cameraTitle,
      'camera',
      [
        make('div', { className: 'finder' }, this.#video),
        this.#trouble,
        make('p', { className: 'hint', textContent: say.cameraHint }),
        make('div', { className: 'acts' }, this.#snap, this.#other, again),
      ],
      () => {
        this.#closed = true;
        this.#stop();
        resolve(this.#result);
      },
    );
    const start = (): void => {
      again.hidden = true;
      void this.#start().then((works) => {
        again.hidden = works;
      });
    };
    again.addEventListener('click', start);
    this.#other.addEventListener('click', () => {
      this.#facing = this.#facing === 'user' ? 'environment' : 'user';
      start();
    });
    this.#snap.addEventListener(
      'click',
      () =>
        void this.#take().then((picture) => {
          this.#result = picture;
          dialog.close();
        }),
    );
    this.#video.addEventListener('loadeddata', () => {
      this.#snap.disabled = false;
      this.#snap.focus();
    });
    start();
  }

  /** True where the camera gives pictures. */
  async #start(): Promise<boolean> {
    this.#stop();
    this.#trouble.textContent = '';
    this.#snap.disabled = true;
    try {
      const stream = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: this.#facing, width: { ideal: 1280 }, height: { ideal: 960 } },
      });
      // The dialog may be gone by the time a person has allowed it.
      if (this.#closed) {
        for (const track of stream.getTracks()) track.stop();
        return false;
      }
      this.#stream = stream;
      // One sees oneself as in a mirror; who looks outwards does not.
      const facing = stream.getVideoTracks()[0]?.getSettings().facingMode ?? 'user';
      this.#video.toggleAttribute('data-mirror', facing !== 'environment');
      this.#video.srcObject = stream;
      const devices = await navigator.mediaDevices.enumerateDevices();
      this.#other.hidden = devices.filter(({ kind }) => kind === 'videoinput').length < 2;
      return true;
    } catch (thrown) {
      this.#trouble.textContent = say.cameraTrouble(
        thrown instanceof DOMException ? thrown.name : '',
        String(thrown),
      );
      return false;
    }
  }

  #stop(): void {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = undefined;
    this.#video.srcObject = null;
  }

  /** The frame that is on show, as it is shown. */
  #take(): Promise<Blob> {
    const { videoWidth: width, videoHeight: height } = this.#video;
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d');
    if (this.#video.hasAttribute('data-mirror')) context?.setTransform(-1, 0, 0, 1, width, 0);
    context?.drawImage(this.#video, 0, 0);
    return canvas.convertToBlob({ type: 'image/png' });
  }
}
