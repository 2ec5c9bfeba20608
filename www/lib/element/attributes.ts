/** What `<soda-morph>` observes. */
export const ATTRIBUTES: readonly string[] = [
  'model',
  'painter',
  'from',
  'to',
  'frames',
  'steps',
  'seed',
  'view',
  'size',
  'backend',
  'wasm-url',
  'worker-url',
  'label',
  'autoplay',
  'eager',
  'controls',
];

/** Properties that a framework may have set before the element was defined. */
const PROPERTIES = [
  'model',
  'painter',
  'from',
  'to',
  'frames',
  'steps',
  'seed',
  'view',
  'size',
  'backend',
  'wasmUrl',
  'workerUrl',
  'label',
  'autoplay',
  'eager',
  'controls',
  'value',
];

/**
 * Sets properties anew that were set before there were setters for them, and that would hide those.
 */
export function upgradeProperties(element: HTMLElement): void {
  const values = element as unknown as Record<string, unknown>;
  for (const name of PROPERTIES) {
    if (!Object.hasOwn(element, name)) continue;
    const value = values[name];
    Reflect.deleteProperty(values, name);
    values[name] = value;
  }
}

/** Reflects a text. Null and undefined take the attribute away, as a framework means them. */
export function reflectText(
  element: HTMLElement,
  name: string,
  value: string | number | null | undefined,
): void {
  if (value === null || value === undefined) element.removeAttribute(name);
  else element.setAttribute(name, String(value));
}

/** The number in an attribute; undefined where there is none. */
export function numberIn(element: HTMLElement, name: string): number | undefined {
  const text = element.getAttribute(name);
  return text === null || text.trim() === '' ? undefined : Number(text);
}
