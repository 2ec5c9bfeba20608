"""The networks that are compared, written once over an interface that ONNX and TensorFlow each implement.

`net` offers the operations; maps are feature maps, rows are [batch, width]. Parameters go by the names they have in
model.safetensors.
"""


def reference(net, x):
    """Four residual blocks of 64 channels: 0.61 GFLOP at 32x32."""
    h = net.conv(x, "input", pad=1)
    for i in range(4):
        h = net.add(h, _branch(net, h, f"blocks.{i}."))
    return net.conv(_norm_silu(net, h, "norm"), "output", pad=1)


def reference_shapes():
    """Shape of every parameter of the reference network."""
    shapes = {}

    def conv(name, channels_in, channels_out):
        shapes[f"{name}.weight"] = (channels_out, channels_in, 3, 3)
        shapes[f"{name}.bias"] = (channels_out,)

    def norm(name):
        shapes[f"{name}.gamma"] = shapes[f"{name}.beta"] = (64,)

    conv("input", 3, 64)
    for i in range(4):
        for j in (1, 2):
            norm(f"blocks.{i}.norm{j}")
            conv(f"blocks.{i}.conv{j}", 64, 64)
    norm("norm")
    conv("output", 64, 3)
    return shapes


def _branch(net, h, prefix):
    for i in (1, 2):
        h = net.conv(_norm_silu(net, h, f"{prefix}norm{i}"), f"{prefix}conv{i}", pad=1)
    return h


def _norm_silu(net, h, name, groups=8):
    return net.norm_silu(h, groups, net.parameter(f"{name}.gamma"), net.parameter(f"{name}.beta"))


def encoder(net, config, x):
    """Pictures to latents, as src/model/encoder.rs has them before normalisation."""
    encoder = config["encoder"]
    groups = encoder["norm_groups"]
    h = net.conv(x, "encoder.stem", stride=encoder["stem"])
    side, width = config["size"] // encoder["stem"], encoder["channels"][0]
    for s, (channels, blocks) in enumerate(zip(encoder["channels"], encoder["blocks"])):
        if s > 0:
            h, side = net.pool(h, 2), side // 2
        for b in range(blocks):
            name = f"encoder.stages.{s}.{b}."
            branch = h
            for i in (0, 1):
                branch = net.conv(_norm_silu(net, branch, f"{name}norms.{i}", groups), f"{name}convs.{i}", pad=1)
            h = net.add(net.conv(h, f"{name}skip") if channels != width else h, branch)
            width = channels
    h = net.pool(_norm_silu(net, h, "encoder.norm", groups), side // encoder["pool"])
    return net.linear(net.flatten(h), "encoder.project")


def unet(net, config, x, log_snr, z):
    """One step of the denoiser without view label, as src/model/unet.rs has it."""
    shape = config["unet"]
    groups, width = shape["norm_groups"], shape["embedding"]
    patch, levels = shape["patch"], len(shape["channels"])
    embedded = net.linear(net.waves(log_snr, [2 ** (-4 + 6 * i / (width // 2 - 1)) for i in range(width // 2)]), "unet.time.linear1")
    embedded = net.add(embedded, net.row("unet.time.view.weight", config["views"])) if config["views"] else embedded
    time = net.silu(net.linear(net.silu(embedded), "unet.time.linear2"))
    z = net.split(z, config["groups"])

    def block(h, name, group, channels):
        s_t, b_t = net.split(net.linear(time, f"{name}modulation.time"), [channels, channels])
        s_z, b_z = net.split(net.linear(z[group], f"{name}modulation.latent"), [channels, channels])
        outer = net.add(s_z, net.constant(1.0))
        scale = net.multiply(outer, net.add(s_t, net.constant(1.0)))
        shift = net.add(net.multiply(outer, b_t), b_z)
        branch = net.conv(_norm_silu(net, h, f"{name}norm1", groups), f"{name}conv1", pad=1)
        return net.add(h, net.conv(net.norm_silu(branch, groups, scale, shift), f"{name}conv2", pad=1))

    def seed(h, name, group, level):
        if not shape["seeds"][group]:
            return h
        side = config["size"] // patch >> level
        painted = net.map(net.linear(z[group], f"{name}paint"), shape["seeds"][group], side)
        return net.add(h, net.conv(painted, f"{name}project"))

    h, skips = net.conv(net.fold(x, patch), "unet.input", pad=1), []
    for level, channels in enumerate(shape["channels"]):
        if level > 0:
            h = net.conv(h, f"unet.levels.{level}.shrink", stride=2)
        for b in range(shape["blocks"]):
            h = block(h, f"unet.levels.{level}.down.{b}.", levels - level, channels)
            skips.append(h)
    h = seed(h, "unet.middle_seed.", 0, levels - 1)
    for b in range(shape["middle"]):
        h = block(h, f"unet.middle.{b}.", 0, shape["channels"][-1])
    for level, channels in reversed(list(enumerate(shape["channels"]))):
        h = seed(h, f"unet.levels.{level}.seed.", levels - level, level)
        for b in range(shape["blocks"]):
            h = block(net.add(h, skips.pop()), f"unet.levels.{level}.up.{b}.", levels - level, channels)
        if level > 0:
            h = net.upsample(net.conv(h, f"unet.levels.{level}.grow"))
    return net.unfold(net.conv(_norm_silu(net, h, "unet.norm", groups), "unet.output", pad=1), patch)
