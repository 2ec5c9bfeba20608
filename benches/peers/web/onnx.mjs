// onnxruntime-web, which runs but does not train.

export async function open({ webgpu, threads }) {
  const folder = new URL('./node_modules/onnxruntime-web/dist/', import.meta.url).href;
  const ort = await import(`${folder}${webgpu ? 'ort.webgpu' : 'ort.wasm'}.min.mjs`);
  ort.env.wasm.wasmPaths = folder;
  ort.env.wasm.numThreads = threads;

  return async function start({ onnx, inputs, train }) {
    if (train) throw new Error('it does not train');
    const session = await ort.InferenceSession.create(onnx, {
      executionProviders: [webgpu ? 'webgpu' : 'wasm'],
    });
    const feeds = Object.fromEntries(
      Object.entries(inputs)
        .filter(([name]) => name !== 'target')
        .map(([name, { shape, values }]) => [name, new ort.Tensor('float32', values, shape)]),
    );
    return {
      call: async () => Object.values(await session.run(feeds))[0].getData(),
      end: () => session.release(),
    };
  };
}
