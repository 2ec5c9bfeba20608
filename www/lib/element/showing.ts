import type { Morph, Progress } from '../index.js';
import type { Face } from './face.js';
import { words } from './words.js';

/** Fills the meter. */
export function showProgress({ meter }: Face, { done, total }: Progress): void {
  meter.hidden = false;
  meter.style.setProperty('--share', String(total > 0 ? done / total : 0));
}

/** A line for screen readers; in trouble it is seen, and `again` offers to try again. */
export function showLine(
  { meter, status, retry }: Face,
  line: string,
  trouble?: 'trouble' | 'again',
): void {
  meter.hidden = true;
  status.textContent = line;
  status.classList.toggle('trouble', trouble !== undefined);
  retry.hidden = trouble !== 'again';
}

/** Moves the slider to a place. */
export function showPlace({ slider }: Face, value: number): void {
  if (slider.value !== String(value)) slider.value = String(value);
  slider.setAttribute('aria-valuetext', words.position(Math.round(100 * value)));
}

/** Shows any place of the two originals. */
export function showOriginals({ canvas }: Face, originals: Morph, value: number): void {
  canvas.dataset['painted'] = '';
  originals.draw(canvas, value);
}

/** Shows a frame. */
export function showFrame({ canvas }: Face, frame: ImageData): void {
  if (canvas.width !== frame.width || canvas.height !== frame.height)
    Object.assign(canvas, { width: frame.width, height: frame.height });
  canvas.dataset['painted'] = '';
  canvas.getContext('2d')?.putImageData(frame, 0, 0);
}

/** Of the frames that are painted, the nearest to a place: before it, if there is any. */
export function nearestFrame(
  frames: readonly (ImageData | undefined)[],
  value: number,
): ImageData | undefined {
  const at = Math.round(value * (frames.length - 1));
  return (
    frames
      .slice(0, at + 1)
      .reverse()
      .find((each) => each !== undefined) ?? frames.find((each) => each !== undefined)
  );
}
