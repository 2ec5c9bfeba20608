"""Encoder and U-Net of a Soda model with blobs in PyTorch, from the tensors of model.safetensors by their names.

As src/model has them: `forward` is what one training step runs. Convolutions want channels last on CPUs.
"""

import torch
import torch.nn.functional as F

PIXELS_LAST = torch.channels_last


class Soda:
    """The tensors of a model, and the networks that they make."""

    def __init__(self, config, tensors):
        self.config = config
        self.tensors = {}
        for name, array in tensors.items():
            if not name.startswith(("encoder.", "unet.")):
                continue
            tensor = torch.from_numpy(array.copy()).float()
            if tensor.ndim == 4:
                tensor = tensor.contiguous(memory_format=PIXELS_LAST)
            self.tensors[name] = tensor.requires_grad_()

    def forward(self, x, source, log_snr):
        """v from the noisy `x` [N, 3, S, S] and the latent of `source`."""
        return self.unet(x, log_snr, self.encode(source))

    def conv(self, x, name, stride=1):
        weight = self.tensors[f"{name}.weight"]
        return F.conv2d(x, weight, self.tensors[f"{name}.bias"], stride, weight.shape[2] // 2 if stride == 1 else 0)

    def linear(self, x, name):
        return torch.addmm(self.tensors[f"{name}.bias"], x, self.tensors[f"{name}.weight"])

    def norm_silu(self, x, name, per_group):
        scale, shift = self.tensors[f"{name}.gamma"], self.tensors[f"{name}.beta"]
        return F.silu(F.group_norm(x, x.shape[1] // per_group, scale, shift, 1e-5))

    def encode(self, source):
        """Latents [N, D] in groups: layout, appearance, global."""
        encoder = self.config["encoder"]
        per_group = encoder["norm_channels"]
        h, before = self.conv(F.pixel_unshuffle(source, encoder["stem"]), "encoder.stem"), None
        for stage, blocks in enumerate(encoder["blocks"]):
            if stage > 0:
                before, h = h, F.avg_pool2d(h, 2)
            for block in range(blocks):
                name = f"encoder.stages.{stage}.{block}."
                branch = h
                for i in (0, 1):
                    branch = self.conv(self.norm_silu(branch, f"{name}norms.{i}", per_group), f"{name}convs.{i}")
                h = (self.conv(h, f"{name}skip") if f"{name}skip.weight" in self.tensors else h) + branch
        h = self.norm_silu(h, "encoder.norm", per_group)
        pooled = F.avg_pool2d(h, h.shape[2] // encoder["pool"]).flatten(1)
        return torch.cat([*self.blobs(before, h, per_group), self.linear(pooled, "encoder.project")], 1)

    def blobs(self, fine, coarse, per_group):
        """Layout [N, 5K] and appearance [N, K * features]."""
        count = self.config["blobs"]["count"]
        h = torch.cat([F.interpolate(coarse, scale_factor=2.0, mode="nearest"), fine], 1)
        h = self.norm_silu(self.conv(h, "encoder.blobs.input"), "encoder.blobs.norm", per_group)
        maps = self.conv(h, "encoder.blobs.maps").float().flatten(2)
        heat, features = torch.softmax(maps[:, :count], 2), maps[:, count:]
        side = fine.shape[2]
        y, x = torch.meshgrid(axis(side), axis(side), indexing="ij")
        place = heat @ (2.0 * torch.stack([x.flatten(), y.flatten()], 1))
        numbers = torch.einsum("nkp,nfp,kfc->nkc", heat, features, self.tensors["encoder.blobs.project"])
        return torch.cat([place, numbers[:, :, :3]], 2).flatten(1), numbers[:, :, 3:].flatten(1)

    def unet(self, x, log_snr, z):
        shape = self.config["unet"]
        per_group, patch, levels = shape["norm_channels"], shape["patch"], len(shape["channels"])
        layout, appearance, rest = torch.split(z, self.config["groups"], 1)
        painted = self.splat(layout, appearance, x.shape[2] // patch)
        x = x * (torch.sigmoid(log_snr).sqrt() * shape["input_gate"]).clamp(max=1.0)[:, None, None, None]

        half = self.tensors["unet.time.linear1.weight"].shape[0] // 2
        waves = log_snr[:, None] * 2.0 ** (-4.0 + 6.0 * torch.arange(half) / (half - 1))
        time = self.linear(torch.cat([waves.sin(), waves.cos()], 1), "unet.time.linear1")
        time = F.silu(self.linear(F.silu(time), "unet.time.linear2"))
        s_z, b_z = self.linear(rest, "unet.modulation.latent.0").chunk(2, 1)
        s_t, b_t = self.linear(time, "unet.modulation.time").chunk(2, 1)
        blocks = [width for width in shape["channels"] for _ in range(shape["blocks"])]
        widths = blocks + [shape["channels"][-1]] * shape["middle"] + blocks[::-1]
        scales = list(torch.split((1 + s_z) * (1 + s_t), widths, 1))
        shifts = list(torch.split((1 + s_z) * b_t + b_z, widths, 1))

        def block(h, name):
            branch = self.conv(self.norm_silu(h, f"{name}norm1", per_group), f"{name}conv1")
            branch = F.group_norm(branch, branch.shape[1] // per_group, eps=1e-5)
            branch = branch * scales.pop(0)[:, :, None, None] + shifts.pop(0)[:, :, None, None]
            return h + self.conv(F.silu(branch), f"{name}conv2")

        h, skips = self.conv(F.pixel_unshuffle(x, patch), "unet.input"), []
        for level in range(levels):
            if level > 0:
                h = self.conv(h, f"unet.levels.{level}.shrink", stride=2)
            h = h + painted[level]
            for b in range(shape["blocks"]):
                h = block(h, f"unet.levels.{level}.down.{b}.")
                skips.append(h)
        for b in range(shape["middle"]):
            h = block(h, f"unet.middle.{b}.")
        for level in reversed(range(levels)):
            if level < levels - 1:
                h = h + painted[level]
            for b in range(shape["blocks"]):
                h = block(h + skips.pop(), f"unet.levels.{level}.up.{b}.")
            if level > 0:
                h = F.interpolate(self.conv(h, f"unet.levels.{level}.grow"), scale_factor=2.0, mode="nearest")
        h = self.conv(self.norm_silu(h, "unet.norm", per_group), "unet.expand")
        return self.conv(F.silu(F.pixel_shuffle(h, patch)), "unet.output").float()

    def splat(self, layout, appearance, side):
        """What the blobs paint at each level, fine to coarse."""
        blobs, batch = self.config["blobs"], len(layout)
        numbers = layout.reshape(batch, blobs["count"], 5, 1, 1).float()
        x, y = numbers[:, :, 0] / 2.0, numbers[:, :, 1] / 2.0
        inverse = torch.exp(-0.6 * numbers[:, :, 2].clamp(-2.5, 2.5)) / 0.22
        a, b = (0.4 * numbers[:, :, 3:]).clamp(-1.2, 1.2).unbind(2)
        r = (a * a + b * b + 1e-6).sqrt()
        cosh, sinh_by_r = torch.cosh(r), torch.sinh(r) / r
        xx, xy, yy = (cosh - sinh_by_r * a) * inverse, -sinh_by_r * b * inverse, (cosh + sinh_by_r * a) * inverse
        features = F.pad(appearance.reshape(batch, blobs["count"], -1), (0, 1), value=1.0)
        maps = []
        for level in range(len(self.config["unet"]["channels"])):
            own = side >> level
            dx, dy = axis(own)[None, None, None, :] - x, axis(own)[None, None, :, None] - y
            ux, uy = xx * dx + xy * dy, xy * dx + yy * dy
            bump = torch.exp(-0.5 * (ux * ux + uy * uy))
            weight = bump / (bump.sum(1, keepdim=True) + 0.3)
            basis = torch.stack([weight, weight * ux.clamp(-3, 3), weight * uy.clamp(-3, 3)], 2)
            amplitude = self.tensors[f"unet.splat.levels.{level}.amplitude"]
            channels = amplitude.shape[2] // 3
            amplitude = torch.einsum("nki,kic->nkc", features, amplitude)
            amplitude = amplitude.reshape(batch, -1, 3, channels).permute(0, 3, 1, 2).flatten(2)
            drawn = (amplitude @ basis.flatten(1, 2).flatten(2)).reshape(batch, channels, own, own)
            position = F.avg_pool2d(self.tensors[f"unet.levels.{level}.position"], self._finest(level) // own)
            maps.append(self.conv(drawn.contiguous(memory_format=PIXELS_LAST), f"unet.splat.levels.{level}.mix") + position)
        return maps

    def _finest(self, level):
        return self.tensors[f"unet.levels.{level}.position"].shape[2]


def axis(side):
    """Centres of `side` pixels that fill [-1, 1]."""
    return (2.0 * torch.arange(side) + 1.0) / side - 1.0
