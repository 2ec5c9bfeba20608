// jax-js, forward and training step each compiled as a whole. Its functions take ownership of their arguments, hence `ref`.
import {
  defaultDevice,
  init,
  jit,
  lax,
  nn,
  numpy as np,
  tree,
  valueAndGrad,
} from './node_modules/@jax-js/jax/dist/index.js';
import { replay } from './graph.mjs';

/** A convolution as a sum of products, one for each place of the kernel: faster than `lax.conv`, ten times in WebAssembly. */
function convProducts(x, weight, padding) {
  const [b, c, h, w] = x.shape;
  const [outputs, , ...sides] = weight.shape;
  const padded = np.pad(x.transpose([1, 0, 2, 3]), [[0, 0], [0, 0], ...padding]);
  const products = [];
  for (let i = 0; i < sides[0]; i++) {
    for (let j = 0; j < sides[1]; j++) {
      const moved = padded.ref.slice([], [], [i, i + h], [j, j + w]).reshape([c, b * h * w]);
      products.push(np.matmul(weight.ref.slice([], [], i, j), moved));
    }
  }
  return products
    .reduce((a, product) => a.add(product))
    .reshape([outputs, b, h, w])
    .transpose([1, 0, 2, 3]);
}

/** The operations of networks.py; each owns the values it is given. */
class Operations {
  constructor(weights) {
    this.weights = weights;
  }

  use(value) {
    return value.ref;
  }

  parameter(name) {
    return this.weights[name].ref;
  }
  row(name, index) {
    return this.weights[name].ref.slice([index, index + 1]);
  }
  constant(value) {
    return np.array(value);
  }

  conv(x, name, { stride = 1, pad = 0 }) {
    const [weight, bias] = [this.parameter(`${name}.weight`), this.parameter(`${name}.bias`)];
    const padding = [
      [pad, pad],
      [pad, pad],
    ];
    const y = pad
      ? convProducts(x, weight, padding)
      : lax.conv(x, weight, [stride, stride], padding);
    return y.add(bias.reshape([1, bias.size, 1, 1]));
  }

  norm_silu(x, groups, scale, shift) {
    const { shape } = x;
    const [batch, channels] = shape;
    const h = x.reshape([batch, groups, -1]);
    const centred = h.ref.sub(h.mean(-1, { keepdims: true }));
    const deviation = np.sqrt(np.square(centred.ref).mean(-1, { keepdims: true }).add(1e-5));
    const [a, b] = [scale, shift].map((v) => v.reshape([-1, channels, 1, 1]));
    return nn.silu(centred.div(deviation).reshape(shape).mul(a).add(b));
  }

  silu(x) {
    return nn.silu(x);
  }
  add(a, b) {
    return a.add(b);
  }
  multiply(a, b) {
    return a.mul(b);
  }
  subtract(a, b) {
    return a.sub(b);
  }
  divide(a, b) {
    return a.div(b);
  }
  square(x) {
    return np.square(x);
  }
  sigma(logSnr) {
    return np.sqrt(nn.sigmoid(logSnr.neg()));
  }
  scale_each(x, factors) {
    return x.mul(factors.reshape([-1, 1, 1, 1]));
  }

  product(x, name, { transposed = false }) {
    const matrix = this.parameter(name);
    return np.matmul(x, transposed ? matrix.transpose() : matrix);
  }

  mix(x, matrix) {
    const kernel = np.array(matrix).reshape([matrix.length, matrix[0].length, 1, 1]);
    return lax.conv(x, kernel, [1, 1], 'VALID');
  }

  concat(parts) {
    return np.concatenate(parts, 1);
  }
  linear(x, name) {
    return np.matmul(x, this.parameter(`${name}.weight`)).add(this.parameter(`${name}.bias`));
  }
  split(x, lengths) {
    return np.split(
      x,
      lengths.slice(1).map((_, i) => lengths.slice(0, i + 1).reduce((a, b) => a + b)),
      1,
    );
  }
  map(x, channels, side) {
    return x.reshape([-1, channels, side, side]);
  }
  flatten(x) {
    return x.reshape([x.shape[0], -1]);
  }

  pool(x, factor) {
    if (factor === 1) return x;
    const [b, c, h, w] = x.shape;
    return x.reshape([b, c, h / factor, factor, w / factor, factor]).mean([3, 5]);
  }

  upsample(x) {
    return np.repeat(np.repeat(x, 2, 2), 2, 3);
  }

  fold(x, p) {
    const [b, c, h, w] = x.shape;
    return x
      .reshape([b, c, h / p, p, w / p, p])
      .transpose([0, 1, 3, 5, 2, 4])
      .reshape([b, c * p * p, h / p, w / p]);
  }

  unfold(x, p) {
    const [b, c, h, w] = x.shape;
    return x
      .reshape([b, c / (p * p), p, p, h, w])
      .transpose([0, 1, 4, 2, 5, 3])
      .reshape([b, c / (p * p), h * p, w * p]);
  }

  waves(logSnr, frequencies) {
    const angles = logSnr.reshape([-1, 1]).mul(np.array(frequencies).reshape([1, -1]));
    return np.concatenate([np.sin(angles.ref), np.cos(angles)], 1);
  }
}

const array = ({ values, shape }) => np.array(values, { shape });
const upload = (tensors, names) =>
  Object.fromEntries(names.map((name) => [name, array(tensors[name])]));

/** AdamW on the squared error; `corrections` are what its moments are divided by. */
const trainingStep = (graph) =>
  jit(function step(learnt, fixed, moments, inputs, corrections) {
    const loss = (weights) => {
      const { target, ...given } = inputs;
      return np
        .square(replay(graph, new Operations({ ...fixed, ...weights }), given).sub(target))
        .mean();
    };
    const [value, gradients] = valueAndGrad(loss)(tree.ref(learnt));
    const next = { learnt: {}, first: {}, second: {} };
    for (const [name, gradient] of Object.entries(gradients)) {
      const first = moments.first[name].mul(0.9).add(gradient.ref.mul(0.1));
      const second = moments.second[name].mul(0.999).add(np.square(gradient).mul(0.001));
      const update = first.ref
        .div(corrections.first.ref)
        .div(np.sqrt(second.ref.div(corrections.second.ref)).add(1e-8));
      next.learnt[name] = learnt[name].mul(1 - 1e-4 * 1e-4).sub(update.mul(1e-4));
      next.first[name] = first;
      next.second[name] = second;
    }
    return { value, ...next };
  });

export async function open({ webgpu }) {
  const device = webgpu ? 'webgpu' : 'wasm';
  if (!(await init(device)).includes(device)) throw new Error(`no ${device} backend`);
  defaultDevice(device);

  /** Starts a job; `call` does it once and gives the output or the loss. */
  return function start({ graph, weights, inputs, train }) {
    const given = upload(inputs, Object.keys(inputs));
    if (!train) {
      const uploaded = upload(weights, graph.weights);
      const forward = jit((w, i) => replay(graph, new Operations(w), i));
      const { target, ...used } = given;
      return {
        call: () => forward(tree.ref(uploaded), tree.ref(used)).data(),
        end: () => {
          tree.dispose([uploaded, given]);
          forward.dispose();
        },
      };
    }
    const zeros = () =>
      Object.fromEntries(graph.learnt.map((name) => [name, np.zeros(weights[name].shape)]));
    const fixed = upload(
      weights,
      graph.weights.filter((name) => !graph.learnt.includes(name)),
    );
    let state = { learnt: upload(weights, graph.learnt), first: zeros(), second: zeros() };
    let steps = 0;
    const step = trainingStep(graph);
    const call = async () => {
      steps += 1;
      const corrections = {
        first: np.array([1 - 0.9 ** steps]),
        second: np.array([1 - 0.999 ** steps]),
      };
      const { learnt, first, second } = state;
      const { value, ...next } = step(
        learnt,
        tree.ref(fixed),
        { first, second },
        tree.ref(given),
        corrections,
      );
      state = next;
      return (await value.data())[0];
    };
    return {
      call,
      end: () => {
        tree.dispose([state, fixed, given]);
        step.dispose();
      },
    };
  };
}
