/** A module that wasm-bindgen writes. */
export interface WasmModule {
  default: (input: { module_or_path: Response }) => Promise<unknown>;
}

/** Imports the module and compiles its WebAssembly. */
export async function startModule<T extends WasmModule>(
  module: string,
  wasm: Response,
): Promise<T> {
  const loaded = (await import(/* @vite-ignore */ /* webpackIgnore: true */ module)) as T;
  await loaded.default({ module_or_path: wasm });
  return loaded;
}
