import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from gguf import GGUFWriter

from realsyn_lib.errors import ModelError
from udfs.models.convert import CONVERTERS


def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path):
    torch.save({"weight": torch.zeros(3)}, tmp_path / "efficientnet-lite0.pth")
    with pytest.raises(ModelError, match="not those of tf_efficientnet_lite0"):
        CONVERTERS["efficientnet_lite0"](tmp_path)


def test_a_converter_is_loaded_when_it_is_called():
    """The extra `gpu` has no gguf, and fetches what needs none."""
    code = "import sys, udfs.models.convert; print({'gguf', 'timm', 'torch'} & set(sys.modules))"
    found = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout == "set()\n"


def gguf(folder: Path, architecture: str = "llama", pre: str = "smollm") -> None:
    writer = GGUFWriter(folder / "model.gguf", architecture)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre)
    writer.add_token_list(["<|endoftext|>", "<|im_start|>", "<", "|", "a", ">", "aa"])
    writer.add_token_merges(["a a"])
    writer.add_tensor("token_embd.weight", np.ones((7, 32), dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def test_a_network_that_is_no_llama_is_refused(tmp_path: Path):
    gguf(tmp_path, architecture="mamba")
    with pytest.raises(ModelError, match="mamba, expected a llama"):
        CONVERTERS["gguf_to_safetensors"](tmp_path)


def test_a_tokenizer_of_another_kind_is_refused(tmp_path: Path):
    gguf(tmp_path, pre="qwen2")
    with pytest.raises(ModelError, match="qwen2"):
        CONVERTERS["gguf_to_q8"](tmp_path)


def test_the_rewritten_file_keeps_its_fields_and_values(tmp_path: Path):
    from gguf import GGUFReader, dequantize

    gguf(tmp_path)
    CONVERTERS["gguf_to_q8"](tmp_path)
    reader = GGUFReader(tmp_path / "model.gguf")
    (tensor,) = reader.tensors
    assert tensor.tensor_type.name == "Q8_0"
    assert dequantize(tensor.data, tensor.tensor_type) == pytest.approx(np.ones((7, 32)), abs=1e-3)
    assert reader.get_field("tokenizer.ggml.merges").contents() == ["a a"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["model.gguf", "tokenizer.json"]


def test_the_written_tokenizer_knows_no_control_words(tmp_path: Path):
    gguf(tmp_path)
    CONVERTERS["gguf_to_q8"](tmp_path)
    written = json.loads((tmp_path / "tokenizer.json").read_text())
    assert written["added_tokens"] == []
    assert written["model"]["vocab"]["aa"] == 6
