import { make } from './dom.js';
import { say } from './strings/own.js';

/** What a camera sees, with buttons for another camera and for trying again. */
export class Viewfinder {
  readonly root: HTMLElement;
  readonly other = make('button', {
    type: 'button',
    className: 'plain',
    textContent: say.otherCamera,
    hidden: true,
  });
  readonly again = make('button', { type: 'button', textContent: say.cameraAgain, hidden: true });
  readonly #video = make('video', {
    autoplay: true,
    muted: true,
    playsInline: true,
    className: 'view',
  });
  readonly #trouble = make('p', { className: 'trouble' });
  readonly #changed: (works: boolean) => void;
  #stream: MediaStream | undefined;
  /** The camera that a person asked for; at first that which looks at them. */
  #device: string | undefined;
  #closed = false;

  /** `changed` hears whether there are pictures to be had. */
  constructor(changed: (works: boolean) => void) {
    this.#changed = changed;
    this.#video.ariaLabel = say.liveView;
    this.#trouble.setAttribute('role', 'alert');
    this.root = make('div', { className: 'finder' }, this.#video, this.#trouble);
    this.again.addEventListener('click', () => void this.start());
    this.other.addEventListener('click', () => void this.#takeOther());
    this.#video.addEventListener('loadeddata', () => {
      changed(true);
    });
  }

  /** Turns the camera on, or says why it cannot be. */
  async start(): Promise<void> {
    this.#stop();
    this.#trouble.textContent = '';
    this.again.hidden = true;
    this.#changed(false);
    try {
      const stream = await navigator.mediaDevices.getUserMedia({
        video: {
          ...(this.#device === undefined
            ? { facingMode: 'user' }
            : { deviceId: { exact: this.#device } }),
          width: { ideal: 1280 },
          height: { ideal: 960 },
        },
      });
      // The dialog may be gone by the time a person has allowed it.
      if (this.#closed) {
        for (const track of stream.getTracks()) track.stop();
        return;
      }
      this.#stream = stream;
      const [track] = stream.getVideoTracks();
      // It was unplugged, or the permission was taken back.
      track?.addEventListener('ended', () => {
        if (this.#stream !== stream) return;
        this.#stop();
        this.#fail(say.cameraGone);
      });
      // One sees oneself as in a mirror; who looks outwards does not.
      const facing = track?.getSettings().facingMode ?? 'user';
      this.#video.toggleAttribute('data-mirror', facing !== 'environment');
      this.#video.srcObject = stream;
      this.other.hidden = (await cameras()).length < 2;
    } catch (thrown) {
      this.#fail(
        say.cameraTrouble(thrown instanceof DOMException ? thrown.name : '', String(thrown)),
      );
    }
  }

  /** Turns the camera off for good. */
  close(): void {
    this.#closed = true;
    this.#stop();
  }

  /** The frame that is on show, as it is shown. */
  get picture(): OffscreenCanvas {
    const { videoWidth: width, videoHeight: height } = this.#video;
    const canvas = new OffscreenCanvas(Math.max(1, width), Math.max(1, height));
    const context = canvas.getContext('2d');
    if (this.#video.hasAttribute('data-mirror')) context?.setTransform(-1, 0, 0, 1, width, 0);
    context?.drawImage(this.#video, 0, 0);
    return canvas;
  }

  /** The next in the list of the cameras there are now. */
  async #takeOther(): Promise<void> {
    const now = this.#stream?.getVideoTracks()[0]?.getSettings().deviceId;
    const all = await cameras();
    const at = all.findIndex(({ deviceId }) => deviceId === now);
    this.#device = all[(at + 1) % Math.max(1, all.length)]?.deviceId;
    await this.start();
  }

  #fail(message: string): void {
    // The camera that was asked for may be what is gone.
    this.#device = undefined;
    this.#changed(false);
    this.#trouble.textContent = message;
    this.again.hidden = false;
  }

  #stop(): void {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = undefined;
    this.#video.srcObject = null;
  }
}

async function cameras(): Promise<MediaDeviceInfo[]> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.filter(({ kind }) => kind === 'videoinput');
}
