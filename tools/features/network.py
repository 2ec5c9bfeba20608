"""EfficientNet-Lite0 (Tan and Le 2019; the Lite variant of TensorFlow's TPU models) up to its 1,280 features."""

import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

SIDE = 224
FEATURES = 1280
# Kernel, stride, times the channels are expanded, channels out, blocks.
STAGES = [
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
]


class _Graph:
    def __init__(self, weights):
        self.weights = weights
        self.nodes = []
        self.constants = {}
        self.depthwise = []  # of each block: the name and the channels of what its depthwise convolution gives

    def node(self, kind, inputs, **attributes):
        name = f"{kind}{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def constant(self, name):
        self.constants.setdefault(name, numpy_helper.from_array(self.weights[name].copy(), name))
        return name

    def conv(self, x, name, norm, stride=1, groups=1, active=True):
        """Convolution, BatchNorm and, if active, ReLU6. Padding is TensorFlow's: the last side gets the odd pixel."""
        kernel = self.weights[f"{name}.weight"].shape[2]
        x = self.node(
            "Conv",
            [x, self.constant(f"{name}.weight")],
            kernel_shape=[kernel, kernel],
            strides=[stride, stride],
            group=groups,
            auto_pad="SAME_UPPER",
        )
        parts = ["weight", "bias", "running_mean", "running_var"]
        inputs = [x, *(self.constant(f"{norm}.{part}") for part in parts)]
        x = self.node("BatchNormalization", inputs, epsilon=1e-3)
        return self.node("Clip", [x, self.limit(0.0), self.limit(6.0)]) if active else x

    def limit(self, value):
        name = f"limit{value}"
        self.constants.setdefault(name, helper.make_tensor(name, TensorProto.FLOAT, [], [value]))
        return name

    def block(self, x, name, stride, expansion, before, after):
        h, width = x, before * expansion
        if expansion > 1:
            h = self.conv(h, f"{name}._expand_conv", f"{name}._bn0")
        h = self.conv(h, f"{name}._depthwise_conv", f"{name}._bn1", stride, groups=width)
        self.depthwise.append((h, width))
        h = self.conv(h, f"{name}._project_conv", f"{name}._bn2", active=False)
        return self.node("Add", [x, h]) if stride == 1 and before == after else h


def session(weights, maps=False, depthwise=()):
    """From pictures [N, 3, 224, 224] in [-1, 1] to features [N, 1280] and ImageNet's 1,000 logits; with `maps`, to the
    feature maps that each of the seven stages ends with instead, then those of the depthwise convolutions of the blocks
    `depthwise`."""
    graph = _Graph(weights)
    x = graph.conv("pictures", "_conv_stem", "_bn0", stride=2)
    channels, number, stages = 32, 0, []
    for _kernel, stride, expansion, width, blocks in STAGES:
        for i in range(blocks):
            x = graph.block(x, f"_blocks.{number}", stride if i == 0 else 1, expansion, channels, width)
            channels, number = width, number + 1
        stages.append((x, width))
    x = graph.conv(x, "_conv_head", "_bn1")
    features = graph.node("Flatten", [graph.node("GlobalAveragePool", [x])])
    logits = graph.node("Gemm", [features, graph.constant("_fc.weight"), graph.constant("_fc.bias")], transB=1)
    batch = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", *shape])
    outputs = [batch(features, [FEATURES]), batch(logits, [1000])]
    if maps:
        inner = [graph.depthwise[number] for number in depthwise]
        outputs = [batch(name, [width, None, None]) for name, width in [*stages, *inner]]
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "efficientnet-lite0",
            [batch("pictures", [3, SIDE, SIDE])],
            outputs,
            list(graph.constants.values()),
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )
    onnx.checker.check_model(model)
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
