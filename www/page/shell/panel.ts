import type { Soda } from 'soda-morph';
import type { Engine } from './engine.js';
import type { Pictures } from '../parts/pictures.js';
import type { LessonChip } from './lesson-chip.js';
import type { Models } from './models.js';
import type { Report } from './report.js';
import type { Router, State } from './router.js';

/** One of the things a person can do here. Made when it is first opened, then kept. */
export interface Panel {
  /**
   * Takes this state: on opening, and when undo, redo or a link changes it. Fields that are missing
   * mean their defaults.
   */
  show: (state: State) => void;
  /** Another panel is opened: ends or pauses the work under way. */
  hide: () => void;
  /**
   * A model is ready, at first or anew: what was painted by another no longer holds. Only the panel
   * on show hears of it; `show` comes after `hide`.
   */
  ready: (soda: Soda) => void;
  /**
   * A picture was pasted, or dropped beside every place for one; absent where that means nothing.
   */
  paste?: (file: File, name: string) => void;
  /**
   * Files were dropped beside every place for them, where several mean more than one after another.
   */
  drop?: (files: readonly File[]) => void;
  /** Says why a paste was no picture. */
  complain?: (message: string) => void;
}

/** What every panel works with. */
export interface App {
  readonly engine: Engine;
  readonly models: Models;
  readonly pictures: Pictures;
  readonly report: Report;
  readonly router: Router;
  /** Shows a lesson that goes on while other panels are used. */
  readonly lesson: LessonChip;
}

/** Fills `root`, the panel's own section. */
export type MakePanel = (root: HTMLElement, app: App) => Panel | Promise<Panel>;
