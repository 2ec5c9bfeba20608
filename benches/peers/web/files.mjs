// What the page reads.

export const bytes = async (path) => new Uint8Array(await (await fetch(path)).arrayBuffer());

/** The tensors of a safetensors file of f32 by name, each its shape and values. */
export function tensors(file) {
  const length = Number(new DataView(file.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
  delete header['__metadata__'];
  return Object.fromEntries(
    Object.entries(header).map(
      ([
        name,
        {
          shape,
          data_offsets: [from, to],
        },
      ]) => [
        name,
        { shape, values: new Float32Array(file.slice(8 + length + from, 8 + length + to).buffer) },
      ],
    ),
  );
}
