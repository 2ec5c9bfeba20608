import type { Model } from './engine.js';

/** What the page reads of config.json, as far as it is there. */
export interface Config {
  licence?: string;
  views?: readonly string[];
  weights?: { sha256?: string };
  model?: { size?: number; groups?: readonly number[]; blobs?: object };
  training?: { data?: string; data_licence?: string; steps?: number };
}

/** A file of a model's folder. */
export function fileOf(folder: URL, file: string): URL {
  return new URL(file, folder.href.replace(/\/?$/, '/'));
}

/** The config.json of a model. */
export async function readConfig({ source }: Model): Promise<Config> {
  if (source instanceof URL) {
    const response = await fetch(fileOf(source, 'config.json'));
    if (!response.ok) throw new Error(`config.json: ${String(response.status)}`);
    return (await response.json()) as Config;
  }
  const { config } = typeof source === 'function' ? await source() : source;
  return config instanceof Blob ? (JSON.parse(await config.text()) as Config) : config;
}
