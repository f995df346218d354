"""Makes safetensors_small.safetensors with the Python library (safetensors 0.8.0, numpy 2.4.6).

    pip install safetensors numpy
    python tests/golden/make_safetensors.py

tests/nas/run/safetensors_test.ts expects these very tensors. With a path as argument, loads that
file instead and checks that it holds them: the way our writer's output was checked.
"""

import sys
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

TENSORS = {
    "stem/weights": np.arange(6, dtype=np.float32).reshape(2, 3) / 4 - 0.5,
    "baseline": np.array(0.1, dtype=np.float64),
    "random.state": np.array([1, 2**32 - 1, 0, 12345], dtype=np.uint32),
    "a naïve name": np.array([-1, 2], dtype=np.int32),
    "bytes": np.array([7, 8, 255], dtype=np.uint8),
    "empty": np.zeros((0, 4), dtype=np.float32),
}
METADATA = {"format": "enaslab"}

if len(sys.argv) > 1:
    with safe_open(sys.argv[1], framework="numpy") as file:
        assert file.metadata() == METADATA, file.metadata()
        assert set(file.keys()) == set(TENSORS), file.keys()
        for name, expected in TENSORS.items():
            found = file.get_tensor(name)
            assert found.dtype == expected.dtype and found.shape == expected.shape, name
            assert np.array_equal(found, expected), name
    print("all tensors agree")
else:
    save_file(TENSORS, Path(__file__).with_name("safetensors_small.safetensors"), METADATA)
