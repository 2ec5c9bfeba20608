"""Pictures of folders and archives, decoded over white."""

import io
import pathlib
import tarfile

from PIL import Image, ImageOps

KINDS = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp"}


def read(path):
    """Names and bytes of the pictures, sorted by name; a sheet.png, as `soda sample` writes one, is left out."""
    wanted = lambda name: pathlib.PurePath(name).suffix.lower() in KINDS and pathlib.PurePath(name).name != "sheet.png"
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if wanted(file.name))
        return [(file.relative_to(path).as_posix(), file.read_bytes()) for file in files]
    with tarfile.open(path) as archive:
        members = [member for member in archive if member.isfile() and wanted(member.name)]
        name = lambda member: pathlib.PurePosixPath(member.name).as_posix()  # without ./
        return [(name(member), archive.extractfile(member).read()) for member in sorted(members, key=lambda m: m.name)]


def decode(data, side):
    """Over white, the square in the middle, as an RGB picture of this side."""
    picture = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGBA")
    white = Image.new("RGBA", picture.size, (255, 255, 255, 255))
    return ImageOps.fit(Image.alpha_composite(white, picture).convert("RGB"), (side, side), Image.BICUBIC)
