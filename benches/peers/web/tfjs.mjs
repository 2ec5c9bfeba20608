// TensorFlow.js, channels last, which is the layout its convolutions want.
import { replay } from './graph.mjs';
import './node_modules/@tensorflow/tfjs/dist/tf.es2017.min.js';

const { tf } = globalThis;

/** The operations of networks.py. Weights are tensors in the layout of this file. */
class Operations {
  constants = new Map();

  constructor(weights) {
    this.weights = weights;
  }

  use(value) {
    return value;
  }

  /** What `make` gives, made once for all calls. */
  once(key, make) {
    if (!this.constants.has(key)) this.constants.set(key, tf.keep(make()));
    return this.constants.get(key);
  }

  tensor(values, shape) {
    return this.once(JSON.stringify([values, shape]), () => tf.tensor(values, shape));
  }

  parameter(name) {
    return this.weights[name];
  }
  row(name, index) {
    return tf.slice(this.weights[name], [index, 0], [1, -1]);
  }
  constant(value) {
    return this.tensor(value, []);
  }

  conv(x, name, { stride = 1, pad = 0 }) {
    const [filter, bias] = [this.weights[`${name}.weight`], this.weights[`${name}.bias`]];
    return tf.fused.conv2d({ x, filter, bias, strides: stride, pad: pad ? 'same' : 'valid' });
  }

  norm_silu(x, groups, scale, shift) {
    const [batch, height, width, channels] = x.shape;
    const h = tf.reshape(x, [batch, height * width, groups, channels / groups]);
    const { mean, variance } = tf.moments(h, [1, 3], true);
    const normal = tf.reshape(tf.mul(tf.sub(h, mean), tf.rsqrt(tf.add(variance, 1e-5))), x.shape);
    const [a, b] = [scale, shift].map((v) =>
      v.rank === 2 ? tf.reshape(v, [v.shape[0], 1, 1, channels]) : v,
    );
    return this.silu(tf.add(tf.mul(normal, a), b));
  }

  silu(x) {
    return tf.mul(x, tf.sigmoid(x));
  }
  add(a, b) {
    return tf.add(a, b);
  }
  multiply(a, b) {
    return tf.mul(a, b);
  }
  subtract(a, b) {
    return tf.sub(a, b);
  }
  divide(a, b) {
    return tf.div(a, b);
  }
  square(x) {
    return tf.square(x);
  }
  sigma(logSnr) {
    return tf.sqrt(tf.sigmoid(tf.neg(logSnr)));
  }
  scale_each(x, factors) {
    return tf.mul(x, tf.reshape(factors, [-1, 1, 1, 1]));
  }

  /**
   * On WebGPU long sums of `matMul` come out wrong where it transposes its second argument. Such a sum is in one of forward and
   * gradient, so the matrix is kept the other way round; it is not learnt, so that is done once.
   */
  product(x, name, { transposed = false }) {
    return tf.matMul(
      x,
      this.once(name, () => tf.transpose(this.weights[name])),
      false,
      !transposed,
    );
  }

  mix(x, matrix) {
    const [outputs, inputs] = [matrix.length, matrix[0].length];
    const columns = matrix[0].flatMap((_, i) => matrix.map((row) => row[i]));
    return tf.conv2d(x, this.tensor(columns, [1, 1, inputs, outputs]), 1, 'valid');
  }

  concat(parts, { maps = false }) {
    return tf.concat(parts, maps ? 3 : 1);
  }
  linear(x, name) {
    return tf.fused.matMul({
      a: x,
      b: this.weights[`${name}.weight`],
      bias: this.weights[`${name}.bias`],
    });
  }
  split(x, lengths) {
    return tf.split(x, lengths, 1);
  }
  map(x, channels, side) {
    return tf.transpose(tf.reshape(x, [-1, channels, side, side]), [0, 2, 3, 1]);
  }
  flatten(x) {
    return tf.reshape(tf.transpose(x, [0, 3, 1, 2]), [x.shape[0], -1]);
  }
  pool(x, factor) {
    return factor === 1 ? x : tf.avgPool(x, factor, factor, 'valid');
  }
  upsample(x) {
    return tf.image.resizeNearestNeighbor(x, [2 * x.shape[1], 2 * x.shape[2]]);
  }

  fold(x, p) {
    const [b, h, w, c] = x.shape;
    const parts = tf.transpose(tf.reshape(x, [b, h / p, p, w / p, p, c]), [0, 1, 3, 5, 2, 4]);
    return tf.reshape(parts, [b, h / p, w / p, c * p * p]);
  }

  unfold(x, p) {
    const [b, h, w, c] = x.shape;
    const parts = tf.transpose(tf.reshape(x, [b, h, w, c / (p * p), p, p]), [0, 1, 4, 2, 5, 3]);
    return tf.reshape(parts, [b, h * p, w * p, c / (p * p)]);
  }

  waves(logSnr, frequencies) {
    const angles = tf.mul(
      tf.reshape(logSnr, [-1, 1]),
      this.tensor(frequencies, [1, frequencies.length]),
    );
    return tf.concat([tf.sin(angles), tf.cos(angles)], 1);
  }
}

/** Pictures get their channels last, kernels as [height, width, in, out]. */
const upload = (tensors, order) =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, values }]) => [
      name,
      tf.tidy(() =>
        shape.length === 4
          ? tf.transpose(tf.tensor(values, shape), order)
          : tf.tensor(values, shape),
      ),
    ]),
  );

export async function open({ webgpu, threads }) {
  const backend = webgpu ? 'webgpu' : 'wasm';
  const folder = new URL(
    `./node_modules/@tensorflow/tfjs-backend-${backend}/dist/`,
    import.meta.url,
  ).href;
  await import(`${folder}tf-backend-${backend}.es2017.min.js`);
  if (!webgpu) {
    tf.wasm.setWasmPaths(folder);
    tf.wasm.setThreadsCount(threads);
  }
  if (!(await tf.setBackend(backend))) throw new Error(`no ${backend} backend`);
  await tf.ready();
  // It has a rule of its own for how many it takes of those that it is offered.
  const taken = webgpu ? threads : tf.wasm.getThreadsCount();
  if (taken < threads) throw new Error(`it takes ${taken} of ${threads} threads`);

  /** Starts a job; `call` does it once and gives the output or the loss. */
  return function start({ graph, weights, inputs, train }) {
    const uploaded = upload(weights, [2, 3, 1, 0]);
    const given = upload(inputs, [0, 2, 3, 1]);
    if (train) for (const name of graph.learnt) uploaded[name] = tf.variable(uploaded[name]);
    const operations = new Operations(uploaded);
    const forward = () => replay(graph, operations, given);
    const optimizer = tf.train.adam(1e-4, 0.9, 0.999, 1e-8);
    const step = () => {
      const learnt = graph.learnt.map((name) => uploaded[name]);
      const { value, grads } = tf.variableGrads(
        () => tf.mean(tf.squaredDifference(forward(), given.target)),
        learnt,
      );
      // Adam here has no weight decay.
      for (const variable of learnt) variable.assign(tf.mul(variable, 1 - 1e-4 * 1e-4));
      optimizer.applyGradients(grads);
      return value;
    };
    const call = async () => {
      const result = tf.tidy(() => (train ? step() : tf.transpose(forward(), [0, 3, 1, 2])));
      const values = await result.data();
      result.dispose();
      return train ? values[0] : values;
    };
    const end = () => {
      optimizer.dispose();
      tf.dispose([uploaded, given, [...operations.constants.values()]]);
    };
    return { call, end };
  };
}
