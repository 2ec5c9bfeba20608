"""The interface of networks.py in TensorFlow, channels last, which is the layout its CPU convolutions want."""

import numpy as np
import tensorflow as tf


class TensorFlow:
    def __init__(self, weights):
        def layout(array):
            return array.transpose(2, 3, 1, 0) if array.ndim == 4 else array

        # Principal components are measured, not learnt.
        self.variables = {name: tf.Variable(layout(np.asarray(array)), trainable=not name.startswith("principal.")) for name, array in weights.items()}

    def parameter(self, name):
        return self.variables[name]

    def row(self, name, index):
        return self.variables[name][index : index + 1]

    def constant(self, value):
        return tf.constant(value, tf.float32)

    def conv(self, x, name, stride=1, pad=0):
        padding = "SAME" if pad else "VALID"
        y = tf.nn.conv2d(x, self.variables[f"{name}.weight"], stride, padding)
        return y + self.variables[f"{name}.bias"]

    def norm_silu(self, x, groups, scale, shift):
        batch, height, width, channels = x.shape
        h = tf.reshape(x, [batch, height * width, groups, channels // groups])
        mean, variance = tf.nn.moments(h, [1, 3], keepdims=True)
        h = tf.reshape((h - mean) * tf.math.rsqrt(variance + 1e-5), x.shape)
        if len(scale.shape) == 2:
            scale, shift = scale[:, None, None, :], shift[:, None, None, :]
        return tf.nn.silu(h * scale + shift)

    def silu(self, x):
        return tf.nn.silu(x)

    def add(self, a, b):
        return a + b

    def multiply(self, a, b):
        return a * b

    def subtract(self, a, b):
        return a - b

    def divide(self, a, b):
        return a / b

    def square(self, x):
        return x * x

    def sigma(self, log_snr):
        return tf.sqrt(tf.sigmoid(-log_snr))

    def scale_each(self, x, factors):
        return x * factors[:, None, None, None]

    def product(self, x, name, transposed=False):
        return tf.matmul(x, self.variables[name], transpose_b=transposed)

    def mix(self, x, matrix):
        return tf.einsum("bhwi,oi->bhwo", x, tf.constant(matrix, tf.float32))

    def concat(self, parts, maps=False):
        return tf.concat(parts, 3 if maps else 1)

    def linear(self, x, name):
        return x @ self.variables[f"{name}.weight"] + self.variables[f"{name}.bias"]

    def split(self, x, lengths):
        return tf.split(x, lengths, 1)

    def map(self, x, channels, side):
        return tf.transpose(tf.reshape(x, [-1, channels, side, side]), [0, 2, 3, 1])

    def flatten(self, x):
        return tf.reshape(tf.transpose(x, [0, 3, 1, 2]), [x.shape[0], -1])

    def pool(self, x, factor):
        return x if factor == 1 else tf.nn.avg_pool2d(x, factor, factor, "VALID")

    def upsample(self, x):
        return tf.repeat(tf.repeat(x, 2, 1), 2, 2)

    def fold(self, x, p):
        b, h, w, c = x.shape
        x = tf.transpose(tf.reshape(x, [b, h // p, p, w // p, p, c]), [0, 1, 3, 5, 2, 4])
        return tf.reshape(x, [b, h // p, w // p, c * p * p])

    def unfold(self, x, p):
        b, h, w, c = x.shape
        x = tf.transpose(tf.reshape(x, [b, h, w, c // (p * p), p, p]), [0, 1, 4, 2, 5, 3])
        return tf.reshape(x, [b, h * p, w * p, c // (p * p)])

    def waves(self, log_snr, frequencies):
        angles = log_snr[:, None] * tf.constant([frequencies], tf.float32)
        return tf.concat([tf.sin(angles), tf.cos(angles)], 1)


def training_step(net, forward, rate=1e-4):
    """One AdamW step on the squared error of `forward(*inputs)` against the last argument, compiled by XLA."""
    variables = [variable for variable in net.variables.values() if variable.trainable]
    moments = [[tf.Variable(tf.zeros_like(v)) for v in variables] for _ in range(2)]
    steps = tf.Variable(0.0)

    @tf.function(jit_compile=True)
    def step(*inputs):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((forward(*inputs[:-1]) - inputs[-1]) ** 2)
        gradients = tape.gradient(loss, variables)
        steps.assign_add(1.0)
        for variable, gradient, m, v in zip(variables, gradients, *moments):
            if gradient is None:
                continue
            gradient = tf.convert_to_tensor(gradient)
            m.assign(0.9 * m + 0.1 * gradient)
            v.assign(0.999 * v + 0.001 * gradient**2)
            update = (m / (1 - 0.9**steps)) / (tf.sqrt(v / (1 - 0.999**steps)) + 1e-8)
            variable.assign(variable * (1 - rate * 1e-4) - rate * update)
        return loss

    return step
