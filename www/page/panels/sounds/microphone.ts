import { openDialog } from '../../parts/dialog.js';
import { make } from '../../parts/dom.js';
import { Refusal, readSound } from './read-sound.js';
import { say } from './strings.js';

/** A recording lasts so long: a second, and what its beginning takes. */
const TAKE_MS = 1300;
/** Quieter than this nothing was heard. */
const HEARD = 0.003;
/** How loud the loudest sample of a recording is made: as loud as a note. */
const LOUDEST = 0.9;

/**
 * Lets a person record a second; undefined where they do not. The microphone is off afterwards.
 */
export function recordSound(): Promise<Float32Array<ArrayBuffer> | undefined> {
  return new Promise((resolve) => {
    new RecordDialog(resolve);
  });
}

class RecordDialog {
  readonly #record = make('button', {
    type: 'button',
    className: 'primary',
    textContent: say.record,
    disabled: true,
  });
  readonly #again = make('button', { type: 'button', textContent: say.again, hidden: true });
  readonly #level = make('div', { className: 'loudness' }, make('i'));
  readonly #trouble = make('p', { className: 'trouble' });
  readonly #dialog: HTMLDialogElement;
  #stream: MediaStream | undefined;
  #context: AudioContext | undefined;
  #taken: Float32Array<ArrayBuffer> | undefined;
  #closed = false;

  constructor(resolve: (taken: Float32Array<ArrayBuffer> | undefined) => void) {
    this.#level.setAttribute('role', 'meter');
    this.#level.ariaLabel = say.level;
    this.#level.ariaValueMin = '0';
    this.#level.ariaValueMax = '1';
    this.#level.ariaValueNow = '0';
    this.#trouble.setAttribute('role', 'alert');
    this.#dialog = openDialog(
      say.micTitle,
      'record-sound',
      [
        this.#level,
        make('p', { className: 'hint', textContent: say.micHint }),
        this.#trouble,
        make('div', { className: 'acts' }, this.#record, this.#again),
      ],
      () => {
        this.#closed = true;
        this.#stop();
        resolve(this.#taken);
      },
    );
    this.#record.addEventListener('click', () => void this.#take());
    this.#again.addEventListener('click', () => void this.#start());
    void this.#start();
  }

  /** Turns the microphone on, or says why it cannot be. */
  async #start(): Promise<void> {
    this.#stop();
    this.#trouble.textContent = '';
    this.#again.hidden = true;
    try {
      const stream = await navigator.mediaDevices.getUserMedia({
        // What is made for voices in calls would take notes away.
        audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
      });
      // The dialog may be gone by the time a person has allowed it.
      if (this.#closed) {
        for (const track of stream.getTracks()) track.stop();
        return;
      }
      this.#stream = stream;
      // It was unplugged, or the permission was taken back.
      stream.getAudioTracks()[0]?.addEventListener('ended', () => {
        if (this.#stream === stream) this.#fail(say.micGone);
      });
      this.#watch(stream);
      this.#record.disabled = false;
      this.#record.focus();
    } catch (thrown) {
      this.#fail(say.micTrouble(thrown instanceof DOMException ? thrown.name : '', String(thrown)));
    }
  }

  /** Shows how loud it is, as long as the microphone is on. */
  #watch(stream: MediaStream): void {
    const context = new AudioContext();
    this.#context = context;
    void context.resume();
    const analyser = new AnalyserNode(context, { fftSize: 2048 });
    context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const tick = (): void => {
      if (this.#stream !== stream) return;
      analyser.getFloatTimeDomainData(samples);
      const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
      // 48 dB from left to right.
      const share = Math.min(1, Math.max(0, 1 + (20 * Math.log10(loudest + 1e-9)) / 48));
      this.#level.style.setProperty('--share', String(share));
      this.#level.ariaValueNow = share.toFixed(2);
      this.#level.setAttribute('aria-valuetext', say.levelWords(share));
      requestAnimationFrame(tick);
    };
    tick();
  }

  async #take(): Promise<void> {
    const stream = this.#stream;
    if (!stream) return;
    this.#trouble.textContent = '';
    this.#record.disabled = true;
    this.#record.textContent = say.recording;
    try {
      const samples = await readSound(await recorded(stream), say.take);
      const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
      if (loudest < HEARD) throw new Refusal(say.micSilent);
      this.#taken = samples.map((sample) => (sample * LOUDEST) / loudest);
      this.#dialog.close();
    } catch (thrown) {
      this.#trouble.textContent =
        thrown instanceof Refusal ? say.micSilent : say.micTrouble('', String(thrown));
    } finally {
      this.#record.textContent = say.record;
      this.#record.disabled = this.#stream === undefined;
    }
  }

  #fail(message: string): void {
    this.#stop();
    this.#trouble.textContent = message;
    this.#again.hidden = false;
  }

  #stop(): void {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = undefined;
    void this.#context?.close();
    this.#context = undefined;
    this.#record.disabled = true;
  }
}

/** A second of what the microphone hears, as a file. */
function recorded(stream: MediaStream): Promise<Blob> {
  return new Promise((resolve, reject) => {
    const recorder = new MediaRecorder(stream);
    const parts: Blob[] = [];
    recorder.addEventListener('dataavailable', ({ data }) => parts.push(data));
    recorder.addEventListener('error', () => {
      reject(new Error('the recording broke off'));
    });
    recorder.addEventListener('stop', () => {
      resolve(new Blob(parts, { type: recorder.mimeType }));
    });
    recorder.start();
    setTimeout(() => {
      if (recorder.state !== 'inactive') recorder.stop();
    }, TAKE_MS);
  });
}
