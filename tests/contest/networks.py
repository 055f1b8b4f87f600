"""Agent folders for tests: a tiny network that scores hosts and recommendations, and its card."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
CARD = """
format = 1
name = "tiny"
env_id = "vienv/Recommendations-v0"
scenarios = ["lab"]
play = "argmax"
training_seed = 0
train_worlds = 4
opset = 17
"""


def network(
    inputs=("recommendations", "hosts"), output="logits", commit=0.25, widths: dict[str, int] | None = None
) -> onnx.ModelProto:
    """Logits of commit, every recommendation and every host: the means of their rows' columns, `widths` of them."""
    nodes, parts, tensors = [], ["commit"], []
    for name in inputs:
        shape = ["N", f"{name}_rows", (widths or {}).get(name, f"{name}_columns")]
        tensors.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        nodes.append(helper.make_node("ReduceMean", [name], [f"{name}_mean"], axes=[2], keepdims=0))
        parts.append(f"{name}_mean")
    first = f"{inputs[0]}_mean"
    nodes += [
        helper.make_node("ReduceMean", [first], ["any"], axes=[1], keepdims=1),
        helper.make_node("Mul", ["any", "zero"], ["nothing"]),
        helper.make_node("Add", ["nothing", "bias"], ["commit"]),
        helper.make_node("Concat", parts, [output], axis=1),
    ]
    constants = [
        numpy_helper.from_array(np.zeros((1, 1), np.float32), "zero"),
        numpy_helper.from_array(np.full((1, 1), commit, np.float32), "bias"),
    ]
    logits = helper.make_tensor_value_info(output, TensorProto.FLOAT, ["N", "A"])
    graph = helper.make_graph(nodes, "tiny", tensors, [logits], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)


def write_agent(folder: Path, card: str = CARD, model: onnx.ModelProto | None = None) -> Path:
    """Write a folder that plays."""
    folder.mkdir(parents=True)
    (folder / "agent.toml").write_text(card)
    (folder / "policy.onnx").write_bytes((model or network()).SerializeToString())
    return folder
