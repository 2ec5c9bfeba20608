"""The interface of networks.py as an ONNX graph, the operators being those that exporters write."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


class Onnx:
    def __init__(self, weights, batch):
        self.weights, self.batch = weights, batch
        self.nodes, self.initializers, self.shapes = [], {}, {}

    def input(self, name, shape):
        self.shapes[name] = shape
        return name

    def model(self, inputs, output):
        values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, self.shapes[name]) for name in inputs]
        result = helper.make_tensor_value_info(output, TensorProto.FLOAT, self.shapes[output])
        graph = helper.make_graph(self.nodes, "network", values, [result], list(self.initializers.values()))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.checker.check_model(model)
        return model.SerializeToString()

    def _node(self, kind, inputs, shape, **attributes):
        name = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        self.shapes[name] = tuple(shape)
        return name

    def _array(self, array, name=None):
        name = name or f"c{len(self.initializers)}"
        if name not in self.initializers:
            self.initializers[name] = numpy_helper.from_array(np.ascontiguousarray(array), name)
            self.shapes[name] = array.shape
        return name

    def _reshape(self, x, shape):
        return self._node("Reshape", [x, self._array(np.array(shape, np.int64))], shape)

    def _transpose(self, x, order):
        return self._node("Transpose", [x], [self.shapes[x][i] for i in order], perm=order)

    def parameter(self, name):
        return self._array(self.weights[name], name)

    def row(self, name, index):
        return self._array(self.weights[name][index : index + 1], f"{name}.{index}")

    def constant(self, value):
        return self._array(np.array(value, np.float32), f"constant.{value}")

    def conv(self, x, name, stride=1, pad=0):
        weight = self.weights[f"{name}.weight"]
        batch, _, height, width = self.shapes[x]
        shape = [batch, weight.shape[0], height // stride, width // stride]
        inputs = [x, self.parameter(f"{name}.weight"), self.parameter(f"{name}.bias")]
        return self._node("Conv", inputs, shape, kernel_shape=weight.shape[2:], strides=[stride] * 2, pads=[pad] * 4)

    def norm_silu(self, x, groups, scale, shift):
        shape = self.shapes[x]
        batch, channels, height, width = shape
        h = self._reshape(x, [batch, groups, channels // groups * height * width])
        ones, zeros = (self._array(np.full(groups, v, np.float32), f"fill.{groups}.{v}") for v in (1.0, 0.0))
        h = self._node("InstanceNormalization", [h, ones, zeros], self.shapes[h], epsilon=1e-5)
        h = self._reshape(h, shape)
        rows = self.shapes[scale][0] if len(self.shapes[scale]) == 2 else 1
        scale, shift = (self._reshape(v, [rows, channels, 1, 1]) for v in (scale, shift))
        return self.silu(self._node("Add", [self._node("Mul", [h, scale], shape), shift], shape))

    def silu(self, x):
        return self._node("Mul", [x, self._node("Sigmoid", [x], self.shapes[x])], self.shapes[x])

    def add(self, a, b):
        return self._node("Add", [a, b], max(self.shapes[a], self.shapes[b], key=lambda s: (len(s), s)))

    def multiply(self, a, b):
        return self._node("Mul", [a, b], max(self.shapes[a], self.shapes[b], key=lambda s: (len(s), s)))

    def subtract(self, a, b):
        return self._node("Sub", [a, b], max(self.shapes[a], self.shapes[b], key=lambda s: (len(s), s)))

    def divide(self, a, b):
        return self._node("Div", [a, b], self.shapes[a])

    def square(self, x):
        return self._node("Mul", [x, x], self.shapes[x])

    def sigma(self, log_snr):
        shape = self.shapes[log_snr]
        return self._node("Sqrt", [self._node("Sigmoid", [self._node("Neg", [log_snr], shape)], shape)], shape)

    def scale_each(self, x, factors):
        return self._node("Mul", [x, self._reshape(factors, [self.shapes[x][0], 1, 1, 1])], self.shapes[x])

    def product(self, x, name, transposed=False):
        width = self.weights[name].shape[0 if transposed else 1]
        return self._node("Gemm", [x, self.parameter(name)], [self.shapes[x][0], width], transB=int(transposed))

    def mix(self, x, matrix):
        """A linear map of the channels, out by in."""
        batch, _, height, width = self.shapes[x]
        kernel = self._array(np.array(matrix, np.float32)[:, :, None, None])
        return self._node("Conv", [x, kernel], [batch, len(matrix), height, width], kernel_shape=[1, 1])

    def concat(self, parts, maps=False):
        shape = list(self.shapes[parts[0]])
        shape[1] = sum(self.shapes[part][1] for part in parts)
        return self._node("Concat", parts, shape, axis=1)

    def linear(self, x, name):
        weight = self.weights[f"{name}.weight"]
        inputs = [x, self.parameter(f"{name}.weight"), self.parameter(f"{name}.bias")]
        return self._node("Gemm", inputs, [self.shapes[x][0], weight.shape[1]])

    def split(self, x, lengths):
        starts = np.cumsum([0, *lengths])
        pieces = []
        for start, end in zip(starts, starts[1:]):
            ends = [self._array(np.array([v], np.int64)) for v in (start, end, 1)]
            pieces.append(self._node("Slice", [x, *ends], [self.shapes[x][0], int(end - start)]))
        return pieces

    def map(self, x, channels, side):
        return self._reshape(x, [self.shapes[x][0], channels, side, side])

    def flatten(self, x):
        batch, *rest = self.shapes[x]
        return self._reshape(x, [batch, int(np.prod(rest))])

    def pool(self, x, factor):
        batch, channels, height, width = self.shapes[x]
        shape = [batch, channels, height // factor, width // factor]
        return x if factor == 1 else self._node("AveragePool", [x], shape, kernel_shape=[factor] * 2, strides=[factor] * 2)

    def upsample(self, x):
        batch, channels, height, width = self.shapes[x]
        scales = self._array(np.array([1, 1, 2, 2], np.float32), "twice")
        shape = [batch, channels, 2 * height, 2 * width]
        return self._node("Resize", [x, "", scales], shape, mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")

    def fold(self, x, p):
        b, c, h, w = self.shapes[x]
        x = self._transpose(self._reshape(x, [b, c, h // p, p, w // p, p]), [0, 1, 3, 5, 2, 4])
        return self._reshape(x, [b, c * p * p, h // p, w // p])

    def unfold(self, x, p):
        b, c, h, w = self.shapes[x]
        x = self._transpose(self._reshape(x, [b, c // (p * p), p, p, h, w]), [0, 1, 4, 2, 5, 3])
        return self._reshape(x, [b, c // (p * p), h * p, w * p])

    def waves(self, log_snr, frequencies):
        frequencies = self._array(np.array([frequencies], np.float32), "frequencies")
        half = self.shapes[frequencies][1]
        batch = self.shapes[log_snr][0]
        angles = self._node("Mul", [self._reshape(log_snr, [batch, 1]), frequencies], [batch, half])
        parts = [self._node(kind, [angles], [batch, half]) for kind in ("Sin", "Cos")]
        return self._node("Concat", parts, [batch, 2 * half], axis=1)
