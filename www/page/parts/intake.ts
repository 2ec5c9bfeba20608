import { make } from './dom.js';
import { dropped, onlyFiles, takeDrops } from './dropped.js';
import type { Pick, Pictures } from './pictures.js';
import { say } from './strings/common.js';

/** Pictures that are read at the same time: more would only hold more memory. */
const AT_ONCE = 4;

/**
 * Takes many pictures at a time: files, drops of files and folders. What is no picture is named,
 * the others are taken.
 */
export class Intake {
  readonly #pictures: Pictures;
  readonly #taken: (picks: Pick[]) => void;
  readonly #complain: (message: string) => void;
  readonly #input = make('input', {
    type: 'file',
    accept: 'image/*',
    multiple: true,
    hidden: true,
    tabIndex: -1,
  });

  /** `target` is where pictures can be dropped. */
  constructor(
    target: HTMLElement,
    pictures: Pictures,
    taken: (picks: Pick[]) => void,
    complain: (message: string) => void,
  ) {
    this.#pictures = pictures;
    this.#taken = taken;
    this.#complain = complain;
    this.#input.ariaLabel = say.choosePictures;
    target.append(this.#input);
    this.#input.addEventListener('change', () => {
      const files = [...(this.#input.files ?? [])];
      this.#input.value = '';
      if (files.length > 0) void this.offer(files);
    });
    takeDrops(
      target,
      (data) => void dropped(data).then(({ files, lost }) => this.offer(files, lost)),
      onlyFiles,
    );
  }

  /** Opens the browser's dialog for files. */
  choose(): void {
    this.#input.click();
  }

  /** Takes files; `lost` are the names of those that could not be read. */
  async offer(files: readonly File[], lost: readonly string[] = []): Promise<void> {
    if (files.length === 0) {
      this.#complain(lost.length === 0 ? say.trouble.noFile : say.trouble.noPictures(lost));
      return;
    }
    const picks = new Array<Pick | undefined>(files.length);
    const queue = [...files.entries()];
    const reader = async (): Promise<void> => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const [at, file] = next;
        picks[at] = file.size === 0 ? undefined : await this.#pictures.read(file, file.name);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, reader));
    const refused = [...files.filter((_, i) => !picks[i]).map(({ name }) => name), ...lost];
    const taken = picks.filter((pick) => pick !== undefined);
    if (taken.length > 0) this.#taken(taken);
    this.#complain(refused.length === 0 ? '' : say.trouble.noPictures(refused));
  }
}
