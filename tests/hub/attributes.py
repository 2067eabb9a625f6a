"""The .gitattributes of a fresh repository, and which files they make large ones."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Final

__all__ = ["FRESH", "add_line", "is_lfs"]

_LFS: Final = "filter=lfs diff=lfs merge=lfs -text"
_PATTERNS: Final = (
    *("*.7z", "*.arrow", "*.avro", "*.bin", "*.bz2", "*.ckpt", "*.ftz", "*.gz", "*.h5", "*.joblib", "*.lfs.*"),
    *("*.lz4", "*.mds", "*.mlmodel", "*.model", "*.msgpack", "*.npy", "*.npz", "*.onnx", "*.ot", "*.parquet", "*.pb"),
    *("*.pickle", "*.pkl", "*.pt", "*.pth", "*.rar", "*.safetensors", "saved_model/**/*", "*.tar.*", "*.tar"),
    *("*.tflite", "*.tgz", "*.wasm", "*.xz", "*.zip", "*.zst", "*tfevents*"),
    *("*.pcm", "*.sam", "*.raw", "*.aac", "*.flac", "*.mp3", "*.ogg", "*.wav"),
    *("*.bmp", "*.gif", "*.png", "*.tiff", "*.jpg", "*.jpeg", "*.webp", "*.mp4", "*.webm"),
)

FRESH: Final = "".join(f"{pattern} {_LFS}\n" for pattern in _PATTERNS).encode()


def is_lfs(attributes: bytes, path: str) -> bool:
    """Whether a path is kept as a large file."""
    large = False
    for line in attributes.decode(errors="replace").splitlines():
        pattern, _, rest = line.strip().partition(" ")
        if not pattern or pattern.startswith("#"):
            continue
        # git compares a pattern without a slash with the name alone
        subject = path if "/" in pattern else path.rsplit("/", 1)[-1]
        if fnmatchcase(subject, pattern.lstrip("/")):
            large = "filter=lfs" in rest.split()
    return large


def add_line(attributes: bytes, path: str) -> bytes:
    """Return the attributes with a line for one path."""
    kept = attributes if not attributes or attributes.endswith(b"\n") else attributes + b"\n"
    return kept + f"{path} {_LFS}\n".encode()
