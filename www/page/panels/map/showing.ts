import type { Latent, Soda } from 'soda-morph';
import { type Near, describe } from 'soda-morph/recognition';
import { paintedSide } from '../../parts/side.js';
import type { App } from '../../shell/panel.js';
import type { State } from '../../shell/router.js';
import { toBubble } from './chart.js';
import { type End, calledEnd, endNamed, latentOfEnd } from './ends.js';
import { among, like, nearest } from './layout.js';
import type { Side, Subject } from './side.js';
import type { Stage } from './stage.js';
import { say } from './strings.js';
import type { Survey } from './survey.js';

/** Frames of a line's film. */
const FRAMES = 9;
const NEAR = 6;
/** Whoever walks over the map with the arrow keys has not chosen yet. */
const WALK_MS = 150;

/** Shows at the side, and marks on the map, what is chosen: a picture, an example or a line. */
export class Showing {
  readonly #app: App;
  readonly #stage: Stage;
  readonly #side: Side;
  #run = new AbortController();
  /** What the side shows, so that it is not painted twice. */
  #shown: { key: string; soda: Soda | undefined } = { key: '', soda: undefined };
  #line: { from: Latent; to: Latent; frames: (ImageData | undefined)[] } | undefined;

  constructor(app: App, stage: Stage, side: Side) {
    this.#app = app;
    this.#stage = stage;
    this.#side = side;
  }

  /** Ends what is under way; what is shown is shown anew when it is asked for. */
  stop(): void {
    this.#run.abort();
    this.#shown = { key: '', soda: undefined };
  }

  /** Nothing is chosen. */
  clear(): void {
    this.stop();
    this.#side.nothing();
  }

  /** Shows what the state says, on a map that is done. `walks`: a person may go on at once. */
  show(survey: Survey, state: State, walks: boolean): void {
    const { layout, collection } = survey;
    if (!layout) return;
    const at = collection.find(state['at']);
    const example = this.#app.pictures.find(state['like']);
    const [from, to] = [endNamed(survey, state['from']), endNamed(survey, state['to'])];
    const what = from && to ? 'line' : example ? 'example' : at >= 0 ? 'picture' : 'nothing';
    const key = JSON.stringify([what, state['at'], state['like'], state['from'], state['to']]);
    const { soda } = this.#app.engine;
    if (this.#shown.key === key && this.#shown.soda === soda) return;
    this.#shown = { key, soda };
    this.#run.abort();
    this.#run = new AbortController();
    const { signal } = this.#run;
    this.#line = undefined;
    this.#stage.chart.mark({
      chosen: what === 'picture' ? at : -1,
      near: [],
      example: undefined,
      line: undefined,
    });
    this.#stage.chosen(what === 'picture' ? at : -1);
    const item = collection.items[at];
    if (what === 'line' && from && to) void this.#film(survey, from, to, signal);
    else if (what === 'example' && example) {
      const subject = { name: example.name, source: example.source, example: true };
      void this.#showExample(survey, state['like'], subject, walks, signal);
    } else if (what === 'picture' && item?.latent) {
      const near = nearest(layout, at, NEAR);
      this.#showSubject(survey, { name: item.name, source: item.from, example: false }, near);
      void this.#paint(item.latent, item.name, walks, signal);
    } else this.#side.nothing();
  }

  /**
   * Both ends of the line on show, for Morph: pictures as they are, places between pictures as they
   * were painted.
   */
  async ends(survey: Survey, state: State, soda: Soda): Promise<State | undefined> {
    const line = this.#line;
    if (!line) return undefined;
    const ends: Record<string, string> = {};
    for (const [side, latent, frame] of [
      ['from', line.from, line.frames[0]],
      ['to', line.to, line.frames.at(-1)],
    ] as const) {
      const end = endNamed(survey, state[side]);
      const item = end && 'index' in end ? survey.collection.items[end.index] : undefined;
      const pick = item
        ? survey.collection.pick(item)
        : frame && (await this.#app.pictures.painted(soda, frame, say.between, latent));
      if (pick) ends[side] = pick.id;
    }
    return ends;
  }

  #showSubject(
    { collection: { items, atlas } }: Survey,
    subject: Subject,
    near: readonly Near[],
  ): void {
    this.#side.subject(
      subject,
      near.map((each) => ({ ...each, name: items[each.index]?.name ?? '' })),
      atlas,
    );
    this.#stage.chart.mark({ near: near.map(({ index }) => index) });
  }

  async #paint(latent: Latent, name: string, walks: boolean, signal: AbortSignal): Promise<void> {
    const { engine, report } = this.#app;
    if (walks) await new Promise((resolve) => setTimeout(resolve, WALK_MS));
    if (signal.aborted) return;
    const pictures = await engine.work(signal, (soda) => {
      report.progress(say.painting(name));
      return soda.decode(latent, { size: paintedSide(soda.config), signal });
    });
    if (!pictures?.[0]) return;
    this.#side.painted(pictures[0]);
    report.announce(say.shown(name));
  }

  async #showExample(
    survey: Survey,
    id: string | undefined,
    subject: Subject,
    walks: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const { engine, pictures } = this.#app;
    const pick = pictures.find(id);
    const byMatcher =
      !survey.byLatent && survey.collection.items.every(({ described }) => described !== undefined);
    const found =
      pick &&
      (await engine.work(signal, async (soda) => ({
        latent: await pictures.encode(soda, pick, { corrected: false, signal }),
        described: byMatcher ? (await describe(pick.source, { signal }))[0] : undefined,
        picture: await bitmap(subject.source),
      })));
    const { layout } = survey;
    if (!found || !layout) return;
    const near = like(layout, found, NEAR);
    const [x, y] = among(layout, near);
    this.#showSubject(survey, subject, near);
    this.#stage.chart.mark({ example: { picture: toBubble(found.picture), x, y } });
    this.#stage.chart.go((view) => {
      view.reveal(x, y);
    });
    await this.#paint(found.latent, subject.name, walks, signal);
  }

  async #film(survey: Survey, from: End, to: End, signal: AbortSignal): Promise<void> {
    const { engine, report } = this.#app;
    const [a, b] = [latentOfEnd(survey, from), latentOfEnd(survey, to)];
    if (!a || !b) return;
    const names = [calledEnd(survey, from), calledEnd(survey, to)] as const;
    const line = { from: this.#stage.place(from), to: this.#stage.place(to) };
    const frames: (ImageData | undefined)[] = Array.from({ length: FRAMES }, () => undefined);
    const bubbles: (OffscreenCanvas | undefined)[] = Array.from(
      { length: FRAMES },
      () => undefined,
    );
    this.#line = { from: a, to: b, frames };
    this.#side.film(...names, FRAMES);
    this.#stage.chart.mark({ line: { ...line, frames: bubbles } });
    const done = await engine.work(signal, async (soda) => {
      let at = 0;
      for await (const frame of soda.interpolate(a, b, {
        frames: FRAMES,
        signal,
        onProgress: (progress) => {
          report.progress(say.painting(say.line(...names)), progress);
        },
      })) {
        frames[at] = frame;
        bubbles[at] = toBubble(frame);
        this.#side.loop.put(at++, frame);
        this.#stage.chart.draw();
      }
      return true;
    });
    if (done) report.announce(say.lineDone(...names));
  }
}

async function bitmap(source: Blob | string): Promise<ImageBitmap> {
  const image = new Image();
  const url = typeof source === 'string' ? source : URL.createObjectURL(source);
  try {
    image.src = url;
    await image.decode();
    return await createImageBitmap(image);
  } finally {
    if (url !== source) URL.revokeObjectURL(url);
  }
}
