import type { ModelConfig } from 'soda-morph';

/** Side in pixels of the pictures that a model paints for people: rendered where it can be. */
export function paintedSide({ size, renderedSize }: ModelConfig): number {
  return renderedSize ?? size;
}
