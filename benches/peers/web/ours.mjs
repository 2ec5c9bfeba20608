// Our engine, as ../../network/web.rs offers it.
import { bytes } from './files.mjs';

export async function open() {
  const engine = await import('/engine/soda.js');
  await engine.default({ module_or_path: '/engine/soda_bg.wasm' });
  const [config, weights] = [
    await (await fetch('/model/config.json')).text(),
    await bytes('/model/model.safetensors'),
  ];
  const compared = await engine.Compared.open(
    await bytes('/data/reference.safetensors'),
    config,
    weights,
  );

  return function start({ network, given, train }) {
    compared.give(network, given, train);
    return { call: () => (train ? compared.train() : compared.forward(network)), end: () => {} };
  };
}
