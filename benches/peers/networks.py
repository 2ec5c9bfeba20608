"""The networks that are compared, written once over an interface that ONNX, TensorFlow and the peers in the browser implement.

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
    z = net.linear(net.flatten(h), "encoder.project")
    return net.add(z, _components_of(net, x)) if "principal" in config else z


# What the principal components take of red, green and blue: luma, then two of chroma.
ROTATION = [[3**-0.5] * 3, [2**-0.5, 0.0, -(2**-0.5)], [6**-0.5, -2 * 6**-0.5, 6**-0.5]]


def _components_of(net, x):
    """The part of the latent that is linear in the picture, as src/model/principal.rs has it."""
    maps = net.mix(x, ROTATION[:1]), net.mix(net.pool(x, 2), ROTATION[1:])
    codes = []
    for part, pixels in zip(("luma", "chroma"), maps):
        name = f"principal.{part}."
        rows = net.subtract(net.flatten(pixels), net.parameter(f"{name}mean"))
        scale = net.square(net.parameter(f"{name}deviation"))
        codes.append(net.divide(net.product(rows, f"{name}basis", transposed=True), scale))
    return net.concat(codes)


def _components_to(net, config, z):
    """The picture that the principal components of a latent paint."""
    size, chroma = config["size"], config["principal"]["chroma"]
    luma, chroma = net.split(z, [sum(config["groups"]) - chroma, chroma])
    luma, chroma = (
        net.add(net.product(codes, f"principal.{part}.basis"), net.parameter(f"principal.{part}.mean"))
        for part, codes in (("luma", luma), ("chroma", chroma))
    )
    transposed = [list(row) for row in zip(*ROTATION)]
    luma = net.mix(net.map(luma, 1, size), [row[:1] for row in transposed])
    chroma = net.mix(net.upsample(net.map(chroma, 2, size // 2)), [row[1:] for row in transposed])
    return net.add(luma, chroma)


def unet(net, config, x, log_snr, z):
    """One step of the denoiser without view label, as src/model/unet.rs has it."""
    shape = config["unet"]
    groups, width = shape["norm_groups"], shape["embedding"]
    patch, levels = shape["patch"], len(shape["channels"])
    embedded = net.linear(net.waves(log_snr, [2 ** (-4 + 6 * i / (width // 2 - 1)) for i in range(width // 2)]), "unet.time.linear1")
    embedded = net.add(embedded, net.row("unet.time.view.weight", config["views"])) if config["views"] else embedded
    time = net.silu(net.linear(net.silu(embedded), "unet.time.linear2"))
    base = _components_to(net, config, z) if "principal" in config else None
    z = net.split(z, config["groups"])

    # Blocks that each group steers, coarse to fine, and the widths of all blocks in that order.
    counts = [shape["middle"]] + [2 * shape["blocks"]] * levels
    channels = [shape["channels"][-1]] + shape["channels"][::-1]
    widths = [width for width, count in zip(channels, counts) for _ in range(count)]
    halves = [net.split(net.linear(part, f"unet.modulation.latent.{group}"), [width * count] * 2)
              for group, (part, width, count) in enumerate(zip(z, channels, counts))]
    s_z, b_z = (net.concat([half[i] for half in halves]) for i in (0, 1))
    s_t, b_t = net.split(net.linear(time, "unet.modulation.time"), [sum(widths)] * 2)
    outer = net.add(s_z, net.constant(1.0))
    scales = net.split(net.multiply(outer, net.add(s_t, net.constant(1.0))), widths)
    shifts = net.split(net.add(net.multiply(outer, b_t), b_z), widths)
    modulations = [[] for _ in counts]
    for group, count in enumerate(counts):
        for _ in range(count):
            modulations[group].append((scales.pop(0), shifts.pop(0)))

    def block(h, name, group):
        scale, shift = modulations[group].pop(0)
        branch = net.conv(_norm_silu(net, h, f"{name}norm1", groups), f"{name}conv1", pad=1)
        return net.add(h, net.conv(net.norm_silu(branch, groups, scale, shift), f"{name}conv2", pad=1))

    def seed(h, name, group, level):
        if not shape["seeds"][group]:
            return h
        side = config["size"] // patch >> level
        painted = net.map(net.linear(z[group], f"{name}paint"), shape["seeds"][group], side)
        return net.add(h, net.conv(painted, f"{name}project"))

    folded = net.fold(x, patch)
    if base is not None:
        folded = net.concat([folded, net.fold(base, patch)], maps=True)
    h, skips = net.conv(folded, "unet.input", pad=1), []
    for level in range(levels):
        if level > 0:
            h = net.conv(h, f"unet.levels.{level}.shrink", stride=2)
        for b in range(shape["blocks"]):
            h = block(h, f"unet.levels.{level}.down.{b}.", levels - level)
            skips.append(h)
    h = seed(h, "unet.middle_seed.", 0, levels - 1)
    for b in range(shape["middle"]):
        h = block(h, f"unet.middle.{b}.", 0)
    for level in reversed(range(levels)):
        h = seed(h, f"unet.levels.{level}.seed.", levels - level, level)
        for b in range(shape["blocks"]):
            h = block(net.add(h, skips.pop()), f"unet.levels.{level}.up.{b}.", levels - level)
        if level > 0:
            h = net.upsample(net.conv(h, f"unet.levels.{level}.grow"))
    v = net.unfold(net.conv(_norm_silu(net, h, "unet.norm", groups), "unet.output", pad=1), patch)
    if base is None:
        return v
    # v = alpha * noise - sigma * picture, and the base's part of the picture is known.
    return net.subtract(v, net.scale_each(base, net.sigma(log_snr)))
