// A network as recorder.py wrote it, run with the operations of a peer.

/** Makes the calls of `graph` on `operations`, which are named as those of networks.py; gives the output. */
export function replay(graph, operations, inputs) {
  const values = new Map(
    Object.entries(graph.inputs).map(([name, { value }]) => [value, inputs[name]]),
  );
  const resolve = (given) => {
    if (Array.isArray(given)) return given.map(resolve);
    return given?.value === undefined ? given : operations.use(values.get(given.value));
  };
  for (const { operation, given, options, made } of graph.calls) {
    const result = operations[operation](...given.map(resolve), options);
    if (Array.isArray(made)) made.forEach(({ value }, i) => values.set(value, result[i]));
    else values.set(made.value, result);
  }
  return operations.use(values.get(graph.output.value));
}
