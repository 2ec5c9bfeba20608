import type { Picture } from '../client/picture.js';
import type { Backend } from '../shared/api.js';

/** What `<soda-morph>` takes in a template, beside what every element takes. */
export interface SodaMorphAttributes {
  /** The name of a published model, or a folder with config.json and model.safetensors. */
  model?: string;
  /** 'original' shows the pictures themselves, 'soda' what the model paints. */
  painter?: 'original' | 'soda';
  /** The picture at 0: a URL, or, where the framework sets properties, any picture. */
  from?: Picture;
  /** The picture at 1. */
  to?: Picture;
  frames?: number | string;
  steps?: number | string;
  size?: number | string;
  seed?: number | string;
  view?: string;
  backend?: 'auto' | Backend;
  'wasm-url'?: string;
  'worker-url'?: string;
  label?: string;
  /**
   * HTML's rule: it is on where it is there, so React 18, which writes `autoplay="false"`, has to
   * leave it out instead.
   */
  autoplay?: boolean | '';
  eager?: boolean | '';
  controls?: 'none' | '';
}
