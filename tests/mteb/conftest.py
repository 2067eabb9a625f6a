"""Tests with MTEB and torch: not part of `make test`; `make test-mteb` runs them in an environment of their own."""

from __future__ import annotations

import os
import warnings
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import NoReturn

import pytest

from curation.benchmark.scale import make_tasks
from tests.benchmark.test_scale_records import record_lines, write

_NEEDED = ("mteb", "torch", "sentence_transformers")
_MISSING = [name for name in _NEEDED if find_spec(name) is None]
# can be told without them
_ALWAYS = "test_not_installed.py"

if _MISSING and os.environ.get("TESTS_NEED_MTEB"):
    raise pytest.UsageError(f"not installed: {', '.join(_MISSING)}")

if not _MISSING:
    # what the libraries say while they are loaded is not about us
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import mteb  # noqa: F401
        import sentence_transformers  # noqa: F401


# Blocks of Unicode, first code point and size: Latin-1, Greek, superscripts to letterlike symbols, arrows and
# operators, more of both, alphabets of math.
_MATH = ((0xA1, 0x5F), (0x370, 0x90), (0x2070, 0xE0), (0x2190, 0x170), (0x27C0, 0x240), (0x1D400, 0x400))


class _LeftOut(pytest.Module):
    def collect(self) -> NoReturn:
        pytest.skip(f"needs {', '.join(_MISSING)}: make test-mteb", allow_module_level=True)


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    if _MISSING and module_path.name != _ALWAYS:
        return _LeftOut.from_parent(parent, path=module_path)
    return None


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the tasks that are made from a larger source, of invented records."""
    out = tmp_path_factory.mktemp("larger") / "tasks"
    make_tasks(write(out.parent / "records.jsonl", record_lines(120)), out, pairs=200, queries=60)
    return out


@pytest.fixture(scope="session")
def transformer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a sentence-transformers model: a BERT of a few dimensions with weights drawn by a seed."""
    return tiny_transformer(tmp_path_factory.mktemp("model") / "tiny", seed=0)


def tiny_transformer(folder: Path, *, seed: int) -> Path:
    """Save a model whose words are single signs, of ASCII and of math, which it all tells apart.

    It calculates in double precision: in single, a text's vector hangs on the texts it is encoded with, on some
    machines, and so does the order of documents that are nearly as close.
    """
    torch, transformers, modules = (
        pytest.importorskip(name)
        for name in ("torch", "transformers", "sentence_transformers.sentence_transformer.modules")
    )
    from sentence_transformers import SentenceTransformer

    codes = chain(range(33, 127), *(range(start, start + count) for start, count in _MATH))
    signs = [sign for sign in map(chr, codes) if sign.isprintable()]
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *signs, *(f"##{sign}" for sign in signs)]
    vocab = {word: code for code, word in enumerate(words)}
    config = transformers.BertConfig(
        vocab_size=len(vocab),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=128,
    )
    torch.manual_seed(seed)
    bare = folder.with_name(f"{folder.name}-bare")
    transformers.BertModel(config).double().save_pretrained(bare)
    transformers.BertTokenizerFast(vocab=vocab, do_lower_case=False, strip_accents=False).save_pretrained(bare)
    read = modules.Transformer(str(bare))
    SentenceTransformer(modules=[read, modules.Pooling(32)]).save(str(folder))
    return folder
